import { z } from 'zod';

/** What a test came to in one state; `mixed` where its runs disagree, null where the state was not run. */
export type TestStatus = 'passed' | 'failed' | 'missing' | 'mixed' | 'unreadable' | null;

/** One test in every state that its artifact's validation ran. */
export interface TestStates {
  readonly test: string;
  readonly original: TestStatus;
  readonly buggy: TestStatus;
  readonly weakened: TestStatus;
}

const report = z.object({ passed: z.array(z.string()), failed: z.array(z.string()) });
const run = z.object({
  reading: z.discriminatedUnion('valid', [
    z.object({ valid: z.literal(true), report }),
    z.object({ valid: z.literal(false) }),
  ]),
});
const runs = z.object({ runs: z.array(run) });

/** What the table of tests needs of the facts that a validation keeps (src/activities/validation-activities.ts). */
export const factsFormat = z.object({
  format: z.literal('validation-facts-1'),
  facts: z.object({ original: runs.optional(), buggy: runs.optional(), weakened: z.object({ run }).optional() }),
});

type Runs = readonly z.infer<typeof run>[];

/** Every test that any run reports, by name. */
export function testStates({ facts }: z.infer<typeof factsFormat>): readonly TestStates[] {
  const original = facts.original?.runs ?? [];
  const buggy = facts.buggy?.runs ?? [];
  const weakened = facts.weakened === undefined ? [] : [facts.weakened.run];
  const tests = new Set([...original, ...buggy, ...weakened].flatMap(reportedTests));
  return [...tests].sort().map((test) => ({
    test,
    original: statusIn(original, test),
    buggy: statusIn(buggy, test),
    weakened: statusIn(weakened, test),
  }));
}

function reportedTests({ reading }: Runs[number]): readonly string[] {
  return reading.valid ? [...reading.report.passed, ...reading.report.failed] : [];
}

function statusIn(runsOfState: Runs, test: string): TestStatus {
  const [first = null, ...others] = new Set(runsOfState.map((one) => statusOf(one, test)));
  return others.length === 0 ? first : 'mixed';
}

function statusOf({ reading }: Runs[number], test: string): Exclude<TestStatus, null> {
  if (!reading.valid) return 'unreadable';
  if (reading.report.failed.includes(test)) return 'failed';
  return reading.report.passed.includes(test) ? 'passed' : 'missing';
}
