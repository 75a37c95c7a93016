import type { BlobRef } from '../record/blob-ref.ts';
import type { BugArtifact } from '../artifact/bug-artifact.ts';
import type { IdleTests } from './idle-tests.ts';
import type { LibraryFacts } from './near-duplicate.ts';
import type { SeenLoad } from '../script/script-loads.ts';
import type { ShellScript } from '../script/shell-script.ts';
import type { TestRun, ParserExperiment } from '../report/test-run.ts';

/**
 * What the sandbox activities found out about an artifact, in the order in which they gather it; `judgeArtifact`
 * decides over whatever is there. JSON, kept in the blob store beside the verdict.
 */
export interface ValidationFacts {
  readonly artifact: ArtifactFacts;
  readonly original?: OriginalFacts;
  /** The runs of the buggy state: bug applied, tests not weakened. */
  readonly buggy?: BuggyFacts;
  readonly weakened?: WeakenedFacts;
  readonly inverse?: { readonly reversions: readonly FileReversion[] };
  readonly neutral?: NeutralFacts;
  readonly sabotage?: SabotageFacts;
  readonly leaks?: LeakFacts;
  /** Taken from the ledger in the transaction that writes the verdict, and kept in the figures of its check alone. */
  readonly library?: LibraryFacts;
}

/** What the script did to the tree it ran in. */
export interface ScriptEffects {
  /** Existing files of the tree that the script changed, even if it put them back (content, inode or change time). */
  readonly changedByScript: readonly string[];
  /** Why the tree before or after a run could not be listed, so that nothing is known of its changes. */
  readonly treeProblem?: string;
}

export interface BuggyFacts extends Partial<ScriptEffects> {
  readonly runs: readonly TestRun[];
  readonly conflicting: readonly ParserExperiment[];
  /** The parser on the buggy state's log without its end, and cut where failing tests have only started. */
  readonly truncated?: readonly ParserExperiment[];
}

export interface WeakenedFacts extends Partial<ScriptEffects> {
  readonly run: TestRun;
  readonly hints?: HintFacts;
  /** Gathered where the run lacks tests of the clean state: whether the weakening is what removes them. */
  readonly onOriginal?: WeakenedOriginal;
}

/** The weakening applied to the original tree, where no bug can make a test vanish. */
export type WeakenedOriginal =
  | {
      readonly run: TestRun;
      /** Tests that stand in this tree and that the run does not report. */
      readonly idle: readonly IdleTests[];
    }
  | { readonly problem: string };

/** The runs of weakened tests, on the bug and, where that was tried, on the original. */
export function weakenedRuns(weakened: WeakenedFacts | undefined): readonly TestRun[] {
  if (weakened === undefined) return [];
  const { run, onOriginal } = weakened;
  return onOriginal !== undefined && 'run' in onOriginal ? [run, onOriginal.run] : [run];
}

/** The check artifact: what the submission holds and whether its diffs apply, strictly, one after the other. */
export type ArtifactFacts =
  | { readonly wellFormed: false; readonly problem: string }
  | {
      readonly wellFormed: true;
      readonly artifact: BugArtifact;
      readonly bugApplies: Application;
      readonly weakeningApplies: Application;
    };

export type Application = { readonly applied: true } | { readonly applied: false; readonly problem: string };

export interface OriginalFacts extends ScriptEffects {
  readonly tree: OriginalTree;
  /** Texts of the listed test files of sane size that the tree holds, by path; bytes that are no UTF-8 are replaced. */
  readonly testFileTexts: Readonly<Record<string, string>>;
  /** Text of the files that the bug touches, before it, by path. */
  readonly bugFileTexts: Readonly<Record<string, string>>;
  /** Files of the bug that the configuration of a test runner names as something to load. */
  readonly bugFilesOfRunner?: readonly string[];
  /** What the script says, by its syntax tree. */
  readonly script?: ShellScript;
  /** What the script has loaded into what it runs, as far as it is plain to see. */
  readonly scriptLoads?: readonly SeenLoad[];
  readonly runs: readonly TestRun[];
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

/**
 * The check inverse-mutation: the full bug with one of its files put back, run with the tests as they were (paper, Sec. 2.3); or why what
 * is left of the bug is no state that can be built.
 */
export type FileReversion =
  { readonly path: string; readonly run: TestRun } | { readonly path: string; readonly problem: string };

/** The check neutral-edit: the bug with comments in each of its files. */
export interface NeutralFacts {
  readonly commented: readonly string[];
  /** Files that are there and whose comments are not known. */
  readonly notDone: readonly string[];
  /** Null when no file could be given a comment. */
  readonly run: TestRun | null;
  /** Left out of facts that were gathered before it was asked for. */
  readonly original?: NeutralOriginal;
}

/** The check neutral-edit: the original with comments in the files of the bug, or in others where it has none of them. */
export interface NeutralOriginal {
  readonly commented: readonly string[];
  /** Null when no file could be given a comment. */
  readonly run: TestRun | null;
}

/** The check no-hints: what the diffs take out of each file and what comments they put in, lines in the order of the file. */
export interface HintFacts {
  readonly files: readonly FileHints[];
}

export interface FileHints {
  readonly path: string;
  /** Whether comments were found by syntax tree, or by the marks that lines begin with. */
  readonly read: 'syntax' | 'lines';
  /** Removed lines that are code. */
  readonly removedCode: readonly string[];
  /** Lines of added comments, without their marks. */
  readonly addedProse: readonly string[];
}

/** The check sabotage: the original and the buggy state with every test body made to raise. */
export interface SabotageFacts {
  readonly files: readonly ChangedTestFile[];
  readonly notDone: readonly { readonly path: string; readonly reason: string }[];
  /** Null when no test body was found. */
  readonly original: TestRun | null;
  readonly buggy: TestRun | null;
  /** Left out of facts that were gathered before it was asked for. */
  readonly altered?: AlteredFacts;
}

/** The same two states with tests that expect other values. */
export interface AlteredFacts {
  /** What the values are drawn from, so that a grading expects the same ones. */
  readonly seed: number;
  readonly files: readonly ChangedTestFile[];
  /** Null when no expected value was found. */
  readonly original: TestRun | null;
  readonly buggy: TestRun | null;
}

/** A file whose tests were changed. */
export interface ChangedTestFile {
  readonly path: string;
  readonly tests: number;
  /** Names that its tests are defined by, as far as they are written out. */
  readonly names: readonly string[];
}

/** Second copies of what the bug took away, in the whole image, and what taking them away does to the clean state. */
export interface LeakFacts {
  /** Each in words. */
  readonly found: readonly string[];
  /** Why some of them stay. */
  readonly problem: string | null;
  /** The original tree without them, or with the buggy text in them; null where there is nothing to try. */
  readonly run: TestRun | null;
  /** What takes them away, where that works: every state but the clean one is built without them. */
  readonly remedies?: BlobRef;
}

/** What `judgeArtifact` may be told; the paper gives no values (docs/specification.md#validation). */
export interface ValidationConfig {
  readonly profile: 'strict' | 'paper';
  readonly minPassingTests: number;
  readonly minChangedFiles: number;
  readonly minFailingTests: number;
  /** Each is put back alone and the tests run, so they bound the runs. */
  readonly maxBugFiles: number;
  /** All test runs of one validation together, with the machine. */
  readonly maxTestSeconds: number;
  /** Accepted bugs of one image and run that may be like a new one (docs/specification.md#near-duplicate). */
  readonly maxNearDuplicates: number;
}
