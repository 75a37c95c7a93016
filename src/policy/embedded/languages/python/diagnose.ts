import { z } from 'zod';
import { hereDocument, lastJsonLine, quote } from '../../steps.ts';
import type { Diagnosis, ObservedRun, Survey } from '../language.ts';
import { DIAGNOSE_PROGRAM } from './programs/diagnose-program.ts';

/** A run that takes this long has met an endless loop; the tests of a bug take a second or two. */
const LIMIT_SECONDS = 25;

export function diagnoseCommand({ testFiles, framework, specifiedTests, observed }: ObservedRun): string {
  const request = { files: testFiles, framework, detail: specifiedTests, observe: observed, limit: LIMIT_SECONDS };
  const run = `python3 ${PROGRAM_FILE} ${quote(JSON.stringify(request))}`;
  // The observed run is the first of a rollout; it leaves the program in place for the others.
  return observed ? `cat > ${PROGRAM_FILE} ${hereDocument(DIAGNOSE_PROGRAM)}\n${run}` : run;
}

const PROGRAM_FILE = '/tmp/diagnose.py';

/** pytest where it is there and needed, else unittest. */
export function frameworkFor({ runners, testFiles }: Survey, paths: readonly string[]): string {
  const needed = testFiles.some(({ path, framework }) => paths.includes(path) && framework === 'pytest');
  return needed && runners.includes('pytest') ? 'pytest' : 'unittest';
}

const diagnosisSchema = z.object({
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
  const { outcomes, failures, called, lines } = reading.data;
  return {
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
