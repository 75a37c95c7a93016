import { z } from 'zod';
import { hereDocument, lastJsonLine, quote } from '../../steps/steps.ts';
import type { Diagnosis, ObservedRun, Survey } from '../language.ts';
import { programText } from '../../steps/program-text.ts';

export function diagnoseCommand(run: ObservedRun): string {
  const { testFiles, framework, specifiedTests, observed, limitSeconds } = run;
  const request = { files: testFiles, framework, detail: specifiedTests, observe: observed, limit: limitSeconds };
  const command = `python3 ${PROGRAM_FILE} ${quote(JSON.stringify(request))}`;
  // Each run brings the program along, so that it depends on no other.
  return `cat > ${PROGRAM_FILE} ${hereDocument(programText('languages/python/programs/diagnose.py'))}\n${command}`;
}

const PROGRAM_FILE = '/tmp/diagnose.py';

/** pytest where it is there and needed, else unittest. */
export function frameworkFor({ runners, testFiles }: Survey, paths: readonly string[]): string {
  const needed = testFiles.some(({ path, framework }) => paths.includes(path) && framework === 'pytest');
  return needed && runners.includes('pytest') ? 'pytest' : 'unittest';
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

/** Names of the tests that added lines define. */
export function testsDefinedIn(lines: readonly string[]): readonly string[] {
  return lines.flatMap((line) => /^\s*(?:async\s+)?def\s+(test\w*)/.exec(line)?.[1] ?? []);
}
