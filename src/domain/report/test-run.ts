import type { BlobRef } from '../record/blob-ref.ts';
import type { ParserReading } from './test-report.ts';

/** One run of the artifact's script and parser on one state of the tree. */
export interface TestRun {
  /** How far the log bears out the reading. */
  readonly evidence?: LogEvidence;
  readonly ending: 'exited' | 'timed-out';
  readonly exitCode: number | null;
  /** With the machine: what load added is not in it. */
  readonly durationMs: number;
  readonly reading: ParserReading;
  readonly log: BlobRef;
  /** Bytes of the middle of a log that was too long to be kept whole; the parser did not see them. */
  readonly leftOutBytes?: number;
}

/** The parser on a log that was changed on purpose (docs/specification.md#parser). */
export interface ParserExperiment {
  readonly experiment: 'repeated' | 'empty' | 'truncated' | 'shuffled' | 'doubled' | 'conflicting';
  readonly reading: ParserReading;
  /** What it took of the parser's time; left out of facts that were gathered before it was asked for. */
  readonly durationMs?: number;
  /** `truncated`: the test that has only started where the log ends, and may not be called passed. */
  readonly started?: string;
  /** `conflicting`: the tests that one half of the log reports failed and the other passed. */
  readonly contested?: readonly string[];
}

/** How far a log bears out what the parser made of it (docs/specification.md#parser). Both lists sorted. */
export interface LogEvidence {
  /** Tests that the parser calls passed and whose names the log does not hold. */
  readonly unnamed: readonly string[];
  /** Tests of which the log says one thing only, and the parser the other. */
  readonly contradicted: readonly string[];
}
