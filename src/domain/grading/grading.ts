import type { Figures } from '../record/check-record.ts';
import { createSetAside } from '../checks/passing-ids.ts';
import { firstNames, nameList } from '../record/finding.ts';
import { saidOfCutLogs } from '../report/cut-logs.ts';
import { reportedIds, reportOf } from '../report/test-status.ts';
import type { UnsolvedCause } from './unsolved-cause.ts';
import type { TestRun } from '../report/test-run.ts';

/** What the clean state calibrates every grading on; kept in the accepted artifact. */
export interface CleanCalibration {
  /** Tests that pass on the original; each of them must pass again. */
  readonly passed: readonly string[];
  /** Every test that the clean state reports, those in quarantine too. */
  readonly ids: readonly string[];
  /** The exit codes that the script had on the clean state: one, unless a test in quarantine moves it. */
  readonly exitCodes: readonly number[];
  /** Tests that the parser calls passed and the log of the clean state does not bear out: nothing is asked of them there. */
  readonly unsupported: readonly string[];
}

export interface Grading {
  readonly solved: boolean;
  readonly reason: string;
  readonly figures: Figures;
}

/** Takes the calibration from the runs of the clean state (docs/specification.md#solved). */
export function calibrate(cleanRuns: readonly TestRun[], quarantined: readonly string[]): CleanCalibration {
  const excluded = new Set(quarantined);
  const reports = cleanRuns.map((run) => reportOf(run.reading));
  return {
    passed: (reports[0]?.passed ?? []).filter((id) => !excluded.has(id)),
    ids: [...new Set(reports.flatMap(reportedIds))].sort(),
    exitCodes: [...new Set(cleanRuns.flatMap((run) => run.exitCode ?? []))].sort((one, other) => one - other),
    unsupported: [...new Set(cleanRuns.flatMap(unsupportedBy))].sort(),
  };
}

/** Tests whose log says the opposite of the parser, or does not name them (docs/specification.md#parser). */
function unsupportedBy({ evidence }: TestRun): readonly string[] {
  return [...(evidence?.contradicted ?? []), ...(evidence?.unnamed ?? [])];
}

/**
 * Whether a prediction solved the bug entirely (docs/specification.md#solved): every test that passes on the original,
 * quarantined ones aside, is reported and passed, no id is new, and the exit code is the calibrated one. A pass that
 * the run's own log speaks against is none.
 *
 * Doubled ids are refused by `readParserOutput` already. Empty, unreadable or endless output is unsolved, and so is an
 * empty calibration: nothing is solved because nothing was asked.
 */
export function gradeFinding({
  clean,
  quarantined,
  run,
}: {
  readonly clean: CleanCalibration;
  readonly quarantined: readonly string[];
  readonly run: TestRun;
}): Grading {
  const report = reportOf(run.reading);
  const excluded = new Set(quarantined);
  const passed = new Set(report.passed);
  const failed = new Set(report.failed);
  const required = clean.passed.filter((id) => !excluded.has(id));
  const notPassed = required.filter((id) => !passed.has(id) || failed.has(id));
  const missing = notPassed.filter((id) => !failed.has(id));
  const neverBorneOut = new Set(clean.unsupported);
  const unsupported = new Set(unsupportedBy(run).filter((id) => !neverBorneOut.has(id)));
  const doubted = required.filter((id) => passed.has(id) && unsupported.has(id));
  const isSetAside = setAsideAmong(clean, quarantined);
  const expected = new Set(clean.ids);
  const strange = reportedIds(report).filter((id) => !expected.has(id) && !isSetAside(id));
  const figures = {
    required: required.length,
    passed: required.length - notPassed.length,
    missing: missing.length,
    notPassed: firstNames(notPassed),
    newIds: firstNames(strange),
    doubted: firstNames(doubted),
    exitCode: run.exitCode ?? 'none',
  };
  const no = (cause: UnsolvedCause, reason: string): Grading => unsolved(cause, reason + saidOfCutLogs([run]), figures);

  if (run.ending === 'timed-out') return no('timed-out', 'the script did not end within its limit');
  if (!run.reading.valid) return no('unreadable-output', run.reading.problem);
  if (passed.size + failed.size === 0) return no('nothing-reported', 'no test was reported');
  if (required.length === 0) return no('nothing-required', 'no test is required, so none can be solved');
  if (notPassed.length > 0) return no('tests-fail', `${notPassed.length} tests do not pass: ${nameList(notPassed)}`);
  if (doubted.length > 0) return no('log-disagrees', `the log does not bear out that ${nameList(doubted)} pass`);
  if (strange.length > 0) {
    return no('new-tests', `tests are reported that the original does not have: ${nameList(strange)}`);
  }
  if (run.exitCode === null || !clean.exitCodes.includes(run.exitCode)) {
    const calibrated = clean.exitCodes.join(' or ');
    return no(
      'exit-code',
      `the script exited with ${run.exitCode ?? 'a signal'}, and with ${calibrated} on the original`,
    );
  }
  return { solved: true, reason: `all ${required.length} tests pass`, figures };
}

/** Which ids count nowhere in any state, seen on the clean one or not. */
export function setAsideAmong(
  { ids }: Pick<CleanCalibration, 'ids'>,
  quarantined: readonly string[],
): (id: string) => boolean {
  const excluded = new Set(quarantined);
  return createSetAside({ quarantined, known: ids.filter((id) => !excluded.has(id)) });
}

/** A grade that is the solver's own doing, with its cause among the figures. */
export function unsolved(cause: UnsolvedCause, reason: string, figures: Figures = {}): Grading {
  return { solved: false, reason, figures: { ...figures, cause } };
}
