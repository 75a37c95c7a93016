import type { ValidationFacts } from '../../domain/checks/validation-facts.ts';

/** The facts as they are kept: what was found out, and how long each gathering took. */
export interface KeptFacts {
  readonly format: 'validation-facts-1';
  readonly facts: ValidationFacts;
  readonly durationsMs: Readonly<Record<string, number>>;
}
