import type { SgNode } from '@ast-grep/napi';

import type { Insertion } from './insertion.ts';

/** A test as a file has it. */
export interface TestBody {
  /** Undefined where the name is made up as the program runs. */
  readonly name: string | undefined;
  /** What it does; left out where it is written down somewhere else. */
  readonly body?: SgNode;
  /** What makes it raise first. */
  readonly insertions: readonly Insertion[];
}
