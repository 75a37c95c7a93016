import { startedInBuggy, startedInOriginal, type StartedCut } from '../../domain/report/started-tests.ts';
import type { TestReport } from '../../domain/report/test-report.ts';
import { reportOf } from '../../domain/report/test-status.ts';
import type { OriginalFacts } from '../../domain/checks/validation-facts.ts';
import type { ParserExperiment } from '../../domain/report/test-run.ts';
import type { CheckFinding } from '../../domain/record/check-record.ts';
import { conflictFailure, experimentFailure, firstFailure } from '../../domain/checks/parser-experiments.ts';
import { untilDecided } from '../services/until-decided.ts';
import type { Services } from '../services/services.ts';
import { parseLog, type LoggedRun, type TestRunSetting } from '../test-run/run-tests.ts';
import { repeatingTimeOut } from '../test-run/time-out-repeated.ts';

/** The parser on logs that were changed on purpose, each read apart from all others (docs/specification.md#parser). */
export async function parserExperiments(
  services: Services,
  setting: TestRunSetting,
  { log, run }: LoggedRun,
): Promise<readonly ParserExperiment[]> {
  const lines = log.split('\n');
  const failureOf = (experiment: ParserExperiment) => experimentFailure(experiment, reportOf(run.reading));
  return asked(services, { ...setting, failureOf }, [
    { experiment: 'repeated', text: log },
    { experiment: 'empty', text: '' },
    ...cutShort(lines).map((text) => ({ experiment: 'truncated', text }) as const),
    ...startedInOriginal(log, reportOf(run.reading)).map(toChangedLog),
    { experiment: 'shuffled', text: shuffled(lines).join('\n') },
    { experiment: 'doubled', text: lines.flatMap((line) => [line, line]).join('\n') },
  ]);
}

/**
 * The buggy state's log cut short, as a run that ends too early leaves it: without its last line, and where tests have
 * started of which the whole log says that they fail.
 */
export async function truncatedBuggyLogs(
  services: Services,
  setting: TestRunSetting,
  original: OriginalFacts,
  { log, run }: LoggedRun,
): Promise<readonly ParserExperiment[]> {
  const failing = contestedTests(original, reportOf(run.reading));
  const failureOf = (experiment: ParserExperiment) => experimentFailure(experiment, reportOf(run.reading));
  return asked(services, { ...setting, failureOf }, [
    { experiment: 'truncated', text: withoutEnd(log.split('\n')) },
    ...startedInBuggy(original.log, log, failing).map(toChangedLog),
  ]);
}

interface ChangedLog extends Omit<ParserExperiment, 'reading'> {
  readonly text: string;
}

function toChangedLog({ test, log }: StartedCut): ChangedLog {
  return { experiment: 'truncated', started: test, text: log };
}

interface Asking extends TestRunSetting {
  readonly failureOf: (experiment: ParserExperiment) => CheckFinding | undefined;
}

/** The answers in the order of the questions, as far as they were asked before one of them decided. */
async function asked(
  services: Services,
  { failureOf, ...setting }: Asking,
  changed: readonly ChangedLog[],
): Promise<readonly ParserExperiment[]> {
  const answers: (ParserExperiment | undefined)[] = changed.map(() => undefined);
  const known = () => answers.filter((answer) => answer !== undefined);
  await untilDecided({
    signal: setting.signal,
    width: services.testRuns.concurrency,
    steps: changed.map(({ text, ...asking }, index) => async (signal) => {
      const elsewhere = asking.experiment === 'repeated';
      const { reading, durationMs } = await repeatingTimeOut(
        services,
        () => parseLog(services, { ...setting, signal }, text, { elsewhere }),
        { timelinessOf: ({ timeliness }) => timeliness, signal },
      );
      answers[index] = { ...asking, reading, durationMs };
      return firstFailure(known(), failureOf) === undefined ? 'open' : 'decided';
    }),
  });
  return known();
}

/** A log that ends at several of its line ends, the last time right before its last line, where runners sum up. */
function cutShort(lines: readonly string[]): readonly string[] {
  const parts = [0.25, 0.5, 0.75].map((part) => lines.slice(0, Math.ceil(lines.length * part)).join('\n'));
  return [...new Set([...parts, withoutEnd(lines)])];
}

function withoutEnd(lines: readonly string[]): string {
  const last = lines.findLastIndex((line) => line.trim() !== '');
  return lines.slice(0, Math.max(0, last)).join('\n');
}

/** Logs in which the same test passed and failed: the original's and the buggy state's, in both orders. */
export async function conflictingExperiments(
  services: Services,
  setting: TestRunSetting,
  original: OriginalFacts,
  buggy: LoggedRun,
): Promise<readonly ParserExperiment[]> {
  if (original.runs[0]?.reading.valid !== true || !buggy.run.reading.valid) return [];
  const contested = contestedTests(original, buggy.run.reading.report);
  const logs = [`${original.log}\n${buggy.log}`, `${buggy.log}\n${original.log}`];
  return asked(
    services,
    { ...setting, failureOf: conflictFailure },
    logs.map((text) => ({ experiment: 'conflicting', contested, text })),
  );
}

/** Tests that pass on the original and are reported failed by the buggy state. */
function contestedTests({ runs: [clean] }: OriginalFacts, buggy: TestReport): readonly string[] {
  const passed = new Set(clean === undefined ? [] : reportOf(clean.reading).passed);
  return buggy.failed.filter((test) => passed.has(test));
}

/** The lines in another order that is the same every time: those of odd index first, backwards. */
function shuffled(lines: readonly string[]): readonly string[] {
  const odd = lines.filter((_, index) => index % 2 === 1).reverse();
  const even = lines.filter((_, index) => index % 2 === 0);
  return [...odd, ...even];
}
