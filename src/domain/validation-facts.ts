import type { BlobRef } from './blob-ref.ts';
import type { BugArtifact } from './bug-artifact.ts';
import type { LibraryFacts } from './near-duplicate.ts';
import type { ParserReading } from './test-report.ts';

/**
 * What the sandbox activities found out about an artifact, in the order in which they gather it; `judgeArtifact`
 * decides over whatever is there. JSON, kept in the blob store beside the verdict.
 */
export interface ValidationFacts {
  readonly artifact: ArtifactFacts;
  readonly original?: OriginalFacts;
  /** The runs of the buggy state: bug applied, tests not weakened. */
  readonly buggy?: { readonly runs: readonly TestRun[]; readonly conflicting: readonly ParserExperiment[] };
  readonly weakened?: { readonly run: TestRun };
  readonly inverse?: { readonly reversions: readonly FileReversion[] };
  /** Taken from the ledger in the transaction that writes the verdict, and kept in the figures of its check alone. */
  readonly library?: LibraryFacts;
}

/** Check 0: what the submission holds and whether its diffs apply, strictly, one after the other. */
export type ArtifactFacts =
  | { readonly wellFormed: false; readonly problem: string }
  | {
      readonly wellFormed: true;
      readonly artifact: BugArtifact;
      readonly bugApplies: Application;
      readonly weakeningApplies: Application;
    };

export type Application = { readonly applied: true } | { readonly applied: false; readonly problem: string };

export interface OriginalFacts {
  readonly tree: OriginalTree;
  /** Text of the listed test files that the tree holds, by path, as far as it is UTF-8 and of sane size. */
  readonly testFileTexts: Readonly<Record<string, string>>;
  /** Text of the files that the bug touches, before it, by path. */
  readonly bugFileTexts: Readonly<Record<string, string>>;
  readonly runs: readonly TestRun[];
  /** Existing files of the tree that the script changed, even if it put them back (content, inode or change time). */
  readonly changedByScript: readonly string[];
  readonly parser: readonly ParserExperiment[];
  /** The whole log of the first run, as text; the parser's experiments are cut from it. */
  readonly log: string;
}

export interface OriginalTree {
  /** Paths of regular files, relative to the root. */
  readonly files: readonly string[];
  readonly symbolicLinks: readonly string[];
  /** Paths of submodules and nested repositories. */
  readonly submodules: readonly string[];
}

/** One run of the artifact's script and parser on one state of the tree. */
export interface TestRun {
  readonly ending: 'exited' | 'timed-out';
  readonly exitCode: number | null;
  readonly durationMs: number;
  readonly reading: ParserReading;
  readonly log: BlobRef;
}

/** The parser on a log that was changed on purpose (SPEC 4, check 2). */
export interface ParserExperiment {
  readonly experiment: 'repeated' | 'empty' | 'truncated' | 'shuffled' | 'doubled' | 'conflicting';
  readonly reading: ParserReading;
  /** `conflicting`: the tests that one half of the log reports failed and the other passed. */
  readonly contested?: readonly string[];
}

/** Check 7: the full bug with one of its files put back, run with the tests as they were (paper, Sec. 2.3). */
export interface FileReversion {
  readonly path: string;
  readonly run: TestRun;
}

/** What `judgeArtifact` may be told; the paper gives no values (SPEC 4). */
export interface ValidationConfig {
  readonly profile: 'strict' | 'paper';
  readonly minPassingTests: number;
  readonly minChangedFiles: number;
  readonly minFailingTests: number;
  /** Accepted bugs of one subject and run that may be like a new one (SPEC 11). */
  readonly maxNearDuplicates: number;
}
