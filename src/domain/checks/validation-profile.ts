import type { FactName } from './gathered.ts';
import type { ValidationConfig } from './validation-facts.ts';

/** How often the clean and the buggy state are run; the paper asks for one run of each (docs/specification.md#validation). */
export function repetitionsOf(profile: ValidationConfig['profile']): {
  readonly clean: number;
  readonly buggy: number;
} {
  return profile === 'strict' ? { clean: 2, buggy: 4 } : { clean: 1, buggy: 1 };
}

/**
 * How often the tests are run for each fact about a bug of so many files, those runs included that only what others show
 * asks for: without second copies, and of weakened tests on the original.
 */
export function plannedRuns(profile: ValidationConfig['profile'], files: number): ReadonlyMap<FactName, number> {
  const { clean, buggy } = repetitionsOf(profile);
  const strict = profile === 'strict';
  return new Map([
    ['original', clean],
    ['leaks', 1],
    ['buggy', buggy],
    ['weakened', strict ? 2 : 1],
    // A bug of one file, put back, is the original tree, which has been run.
    ...(files > 1 ? [['inverse', files] as const] : []),
    ...(strict ? [['neutral', 2] as const] : []),
    ['sabotage', 4],
  ]);
}
