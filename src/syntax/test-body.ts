import type { Insertion } from './insertion.ts';

/** A test's body made to raise. */
export interface TestBody {
  readonly insertions: readonly Insertion[];
  /** Undefined where the name is made up as the program runs. */
  readonly name: string | undefined;
}
