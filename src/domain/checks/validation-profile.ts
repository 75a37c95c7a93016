import type { ValidationConfig } from './validation-facts.ts';

/** How often each state of the tree is run; the paper asks for one run of each (docs/specification.md#validation). */
export function repetitionsOf(profile: ValidationConfig['profile']): {
  readonly clean: number;
  readonly buggy: number;
  readonly weakened: number;
} {
  return profile === 'strict' ? { clean: 2, buggy: 4, weakened: 1 } : { clean: 1, buggy: 1, weakened: 1 };
}
