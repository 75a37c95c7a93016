import type { OriginalFacts, ParserExperiment } from '../domain/validation-facts.ts';
import { allDone } from './all-done.ts';
import type { Services } from './services.ts';
import { parseLog, type LoggedRun, type TestRunSetting } from './test-run.ts';

/** The parser on logs that were changed on purpose: each run in a sandbox of its own (SPEC 4, check 2). */
export async function parserExperiments(
  services: Services,
  setting: TestRunSetting,
  log: string,
): Promise<readonly ParserExperiment[]> {
  const lines = log.split('\n');
  const changed: readonly (readonly [ParserExperiment['experiment'], string])[] = [
    ['repeated', log],
    ['empty', ''],
    ...cutShort(lines).map((text) => ['truncated', text] as const),
    ['shuffled', shuffled(lines).join('\n')],
    ['doubled', lines.flatMap((line) => [line, line]).join('\n')],
  ];
  return allDone(
    changed.map(([experiment, text]) =>
      services.testRuns(async () => ({
        experiment,
        reading: await parseLog(services, setting, text, { elsewhere: experiment === 'repeated' }),
      })),
    ),
  );
}

/** The buggy state's log without its last line: what a run that ends too early leaves. */
export async function truncatedBuggyLog(
  services: Services,
  setting: TestRunSetting,
  { log }: LoggedRun,
): Promise<readonly ParserExperiment[]> {
  const text = withoutEnd(log.split('\n'));
  const reading = await services.testRuns(() => parseLog(services, setting, text));
  return [{ experiment: 'truncated', reading }];
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
  const [clean] = original.runs;
  if (clean?.reading.valid !== true || !buggy.run.reading.valid) return [];
  const passedClean = new Set(clean.reading.report.passed);
  const contested = buggy.run.reading.report.failed.filter((test) => passedClean.has(test));
  const logs = [`${original.log}\n${buggy.log}`, `${buggy.log}\n${original.log}`];
  return allDone(
    logs.map((log) =>
      services.testRuns(async () => ({
        experiment: 'conflicting' as const,
        reading: await parseLog(services, setting, log),
        contested,
      })),
    ),
  );
}

/** The lines in another order that is the same every time: those of odd index first, backwards. */
function shuffled(lines: readonly string[]): readonly string[] {
  const odd = lines.filter((_, index) => index % 2 === 1).reverse();
  const even = lines.filter((_, index) => index % 2 === 0);
  return [...odd, ...even];
}
