import { z } from 'zod';
import { unescaped } from '../../../../domain/report/javascript-titles.ts';
import { hereDocument, lastJsonLine, quote } from '../../steps/steps.ts';
import type { Diagnosis, ObservedRun, Survey } from '../language.ts';
import { adapterFor, isRunnerName, javascriptText } from './programs/adapters.ts';
import { setUpFor } from './programs/set-up-programs.ts';

export function diagnoseCommand(run: ObservedRun): string {
  const { testFiles, framework, specifiedTests, observed, limitSeconds } = run;
  const request = {
    files: testFiles,
    detail: specifiedTests,
    observe: observed,
    limit: limitSeconds,
    place: `${PROGRAM_FILE}.observed`,
  };
  const command = `node ${PROGRAM_FILE} ${quote(JSON.stringify(request))} 3>&1 > /dev/null 2>&1`;
  // Each run brings the program along, so that it depends on no other.
  return `cat > ${PROGRAM_FILE} ${hereDocument(programFor(framework))}\n${command}`;
}

const PROGRAM_FILE = '/tmp/diagnose.cjs';

function programFor(framework: string): string {
  const runner = isRunnerName(framework) ? framework : 'node:test';
  const [session, coverage, diagnose] = ['session', 'coverage', 'diagnose'].map(javascriptText);
  return [session, coverage, adapterFor(runner), setUpFor(runner), diagnose].join('\n');
}

/** The runner that most of these files are written for. */
export function frameworkFor({ testFiles }: Survey, paths: readonly string[]): string {
  const frameworks = testFiles.filter(({ path, tests }) => tests > 0 && paths.includes(path));
  const counts = new Map<string, number>();
  for (const { framework } of frameworks) counts.set(framework, (counts.get(framework) ?? 0) + 1);
  return [...counts].sort(([, one], [, other]) => other - one)[0]?.[0] ?? 'node:test';
}

const diagnosisSchema = z.object({
  seconds: z.number(),
  outcomes: z.record(z.string(), z.enum(['passed', 'failed'])),
  failures: z.array(
    z.tuple([z.string(), z.string(), z.string(), z.array(z.tuple([z.string(), z.number(), z.string()]))]),
  ),
  called: z.array(z.tuple([z.string(), z.number(), z.string(), z.number(), z.number()])),
  lines: z.record(z.string(), z.array(z.tuple([z.number(), z.number(), z.number()]))),
});

export function readDiagnosis(output: string): Diagnosis | undefined {
  const reading = diagnosisSchema.safeParse(lastJsonLine(output));
  if (!reading.success) return undefined;
  const { seconds, outcomes, failures, called, lines } = reading.data;
  return {
    seconds,
    outcomes,
    failures: failures.map(([testId, error, message, frames]) => ({
      testId,
      error,
      message,
      frames: frames.map(([path, line, name]) => ({ path, line, name })),
    })),
    called: called.map(([path, line, name, byFailing, byPassing]) => ({ path, line, name, byFailing, byPassing })),
    executedLines: Object.entries(lines).flatMap(([path, counts]) =>
      counts.map(([line, byFailing, byPassing]) => ({ path, line, byFailing, byPassing })),
    ),
  };
}

/** Titles of the tests that added lines define. */
export function testsDefinedIn(lines: readonly string[]): readonly string[] {
  return lines.flatMap((line) => {
    const { title } = TEST_LINE.exec(line)?.groups ?? {};
    return title === undefined ? [] : [unescaped(title)];
  });
}

const TEST_LINE =
  /^\s*(?:await\s+)?(?:\w+\.)?(?:test|it|specify|tape)(?:\.\w+)?\(\s*(?<quote>['"`])(?<title>(?:\\.|(?!\k<quote>)[^\\])+)\k<quote>/u;
