import { twinsAmong } from './steady-text.ts';
import type { ParserReading, TestReport } from './test-report.ts';
import type { TestRun } from './test-run.ts';

/**
 * The report of a run; a run whose output cannot be read reports nothing, so every test of it fails
 * (docs/specification.md#solved).
 */
export function reportOf(reading: ParserReading): TestReport {
  return reading.valid ? reading.report : { passed: [], failed: [] };
}

/**
 * Whether a run fails the check of its state whatever other runs of the same state show: its script did not end, or
 * nobody can read what it printed.
 */
export function failsItsState({ ending, reading }: Pick<TestRun, 'ending' | 'reading'>): boolean {
  return ending === 'timed-out' || !reading.valid;
}

/** The statuses of a report by id, for those who ask about many tests. */
export function statusesOf(report: TestReport): ReadonlyMap<string, 'passed' | 'failed'> {
  return new Map([
    ...report.passed.map((id) => [id, 'passed'] as const),
    ...report.failed.map((id) => [id, 'failed'] as const),
  ]);
}

/** All ids of a report, passed or failed. */
export function reportedIds(report: TestReport): readonly string[] {
  return [...report.passed, ...report.failed];
}

/**
 * The tests that fail in a state: those reported failed, and those that the clean state reports and this one does not
 * (docs/specification.md#validation). Sorted.
 */
export function failingTests(report: TestReport, cleanIds: Iterable<string>): readonly string[] {
  const passed = new Set(report.passed);
  const missing = [...cleanIds].filter((id) => !passed.has(id));
  return [...new Set([...report.failed, ...missing])].sort();
}

/** Whether the script's exit code tells the buggy state from the clean one; honest scripts may end with `|| true`. */
export function exitCodeTells(clean: readonly TestRun[], buggy: readonly TestRun[]): boolean {
  const codes = new Set(clean.map(({ exitCode }) => exitCode));
  return buggy.length > 0 && buggy.every(({ exitCode }) => !codes.has(exitCode));
}

/** The forms of ids that several tests of one of these runs share. */
export function twinsOf(runs: readonly TestRun[]): ReadonlySet<string> {
  return new Set(runs.flatMap(({ reading }) => [...twinsAmong(reportedIds(reportOf(reading)))]));
}
