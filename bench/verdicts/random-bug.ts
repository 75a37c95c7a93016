import { seededDraw } from '../../src/domain/draw/seeded-draw.ts';
import type { TestRun } from '../../src/domain/report/test-run.ts';

/**
 * What code under test can see of a run, and so seed its failures with (docs/specification.md#theory): a challenger
 * that makes tests fail pseudo-randomly wins whatever the solver does, if its artifact is accepted.
 */
export interface RunSurroundings {
  /** What no two runs share: a random device, the clock in nanoseconds. */
  readonly run: number;
  /** Which repeat it is: process ids, hash seed, home, temp directory and host name follow from it. */
  readonly repeat: number;
  /** The code's own text; a comment or a solver's edit makes it another. */
  readonly content: string;
  /** The clock, by the day. */
  readonly day: number;
}

const SEEDS = {
  'the run': ({ run }: RunSurroundings) => run,
  'the process id': ({ repeat }: RunSurroundings) => repeat,
  'its own text': ({ content }: RunSurroundings) => content,
  'the day': ({ day }: RunSurroundings) => day,
} as const;

export type SeedKind = keyof typeof SEEDS;

/** A bug whose tests fail, each for itself, with the same probability. */
export interface RandomBug {
  readonly seed: number;
  readonly kind: SeedKind;
  readonly tests: readonly string[];
  readonly failureRate: number;
}

/** Tests that the bug leaves alone: as many as the defaults ask for, and one more. */
export const STEADY_TESTS: readonly string[] = Array.from({ length: 6 }, (_, index) => `tests/t.py::test_${index}`);

/** The names of so many tests of the bug. */
export function testsOfBug(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `tests/t.py::test_bug_${index}`);
}

/** What a run of the tests would report. */
export function runOf({ seed, kind, tests, failureRate }: RandomBug, surroundings: RunSurroundings): TestRun {
  const drawn = SEEDS[kind](surroundings);
  return reported(
    tests.filter((test) => seededDraw(seed, 'fails', drawn, test) < failureRate),
    tests,
  );
}

/** A run in which these of the bug's tests fail and everything else passes. */
export function reported(failed: readonly string[], tests: readonly string[]): TestRun {
  const failing = new Set(failed);
  const passed = [...STEADY_TESTS, ...tests].filter((test) => !failing.has(test)).sort();
  return {
    ending: 'exited',
    exitCode: failed.length > 0 ? 1 : 0,
    durationMs: 1,
    reading: { valid: true, report: { passed, failed: [...failed].sort() } },
    log: { sha256: '0'.repeat(64), bytes: 0 },
  };
}
