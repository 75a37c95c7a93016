import type { CheckFinding } from '../record/check-record.ts';
import { fails, firstNames, nameList } from '../record/finding.ts';
import type { TestReport } from '../report/test-report.ts';
import { reportedIds } from '../report/test-status.ts';
import type { ParserExperiment } from '../report/test-run.ts';

/**
 * All changed logs of one gathering together. A parser takes a tenth of a second for each of some twenty, most of it
 * Python's own start; one that nearly takes its ten seconds each time would keep a host for minutes.
 */
const ALL_LOGS_MS = 60_000;

/** The first finding among those of the experiments of one gathering, or that they take too long together. */
export function firstFailure(
  experiments: readonly ParserExperiment[],
  failureOf: (experiment: ParserExperiment) => CheckFinding | undefined,
): CheckFinding | undefined {
  for (const experiment of experiments) {
    const failure = overdue(experiment) ?? failureOf(experiment);
    if (failure !== undefined) return failure;
  }
  const durationMs = experiments.reduce((sum, experiment) => sum + (experiment.durationMs ?? 0), 0);
  if (durationMs <= ALL_LOGS_MS) return undefined;
  const sentence = `the parser takes more than ${ALL_LOGS_MS / 1000} s for ${experiments.length} changed logs`;
  return fails(sentence, { durationMs: Math.round(durationMs) });
}

/** What a parser may not make of a log is for the experiment to say; that it ends is asked of all. */
function overdue({ experiment, reading }: ParserExperiment): CheckFinding | undefined {
  if (reading.valid || reading.timedOut !== true) return undefined;
  return fails(`on a log for the experiment "${experiment}": ${reading.problem}`);
}

/** Why an answer is none that a plain reading of the changed log can give; `full` is the report of the whole log. */
export function experimentFailure(
  { experiment, reading, started }: ParserExperiment,
  full: TestReport,
): CheckFinding | undefined {
  switch (experiment) {
    case 'repeated':
      if (reading.valid && sameReports(reading.report, full)) return undefined;
      return fails('the parser gives two answers for the same log');
    case 'empty':
      return beyond(reading.valid ? reading.report.passed : [], [], 'on an empty log the parser reports passes');
    case 'truncated':
      return truncatedFailure(reading.valid ? reading.report.passed : [], full, started);
    case 'shuffled':
    case 'doubled':
      if (!reading.valid) return fails(`on a log with ${experiment} lines: ${reading.problem}`);
      return beyond(
        reportedIds(reading.report),
        reportedIds(full),
        `on a log with ${experiment} lines the parser reports new tests`,
      );
    case 'conflicting':
      return conflictFailure({ experiment, reading });
  }
}

function truncatedFailure(passed: readonly string[], full: TestReport, started?: string): CheckFinding | undefined {
  const early = passed.filter((id) => id === started);
  if (early.length > 0) {
    return fails(`on a log that ends before it says how ${nameList(early)} ended, the parser reports a pass`, {
      started: firstNames(early),
    });
  }
  return beyond(passed, full.passed, 'on a log cut short the parser reports new passes');
}

/** On a log that holds two runs, a test that failed in one of them has failed. */
export function conflictFailure({ reading, contested = [] }: ParserExperiment): CheckFinding | undefined {
  if (!reading.valid) return fails(`on a log with conflicting lines: ${reading.problem}`);
  const failed = new Set(reading.report.failed);
  const lenient = contested.filter((id) => !failed.has(id));
  if (lenient.length === 0) return undefined;
  return fails(`on a log that reports them failed and passed, the parser does not say failed: ${nameList(lenient)}`, {
    contested: contested.length,
    lenient: firstNames(lenient),
  });
}

function beyond(reported: readonly string[], allowed: readonly string[], sentence: string): CheckFinding | undefined {
  const known = new Set(allowed);
  const strange = reported.filter((id) => !known.has(id));
  if (strange.length === 0) return undefined;
  return fails(`${sentence}: ${nameList(strange)}`, { strange: firstNames(strange), count: strange.length });
}

function sameReports(one: TestReport, other: TestReport): boolean {
  return sameLists(one.passed, other.passed) && sameLists(one.failed, other.failed);
}

function sameLists(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((id, index) => id === other[index]);
}
