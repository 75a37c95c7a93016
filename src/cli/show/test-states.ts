import { z } from 'zod';

/** What a test came to in one state; `mixed` where its runs disagree, null where the state was not run. */
export type TestStatus = 'passed' | 'failed' | 'missing' | 'mixed' | 'unreadable' | null;

/** One test in every state that its artifact's validation ran. */
export interface TestStates {
  readonly test: string;
  readonly original: TestStatus;
  readonly buggy: TestStatus;
  readonly weakened: TestStatus;
  /** With a comment behind each file of the bug. */
  readonly neutral: TestStatus;
  /** With every test body made to raise: `passed` where it passes on the original or under the bug. */
  readonly sabotaged: TestStatus;
  /** By the file of the bug that alone was put back. */
  readonly inverse: Readonly<Record<string, TestStatus>>;
}

/** The runs of one state, summed up. */
export interface StateSummary {
  readonly state: string;
  /** The file that was put back, in a state of the inverse mutation. */
  readonly putBack: string | null;
  readonly runs: number;
  /** Of every run: `exit 0`, `timed out`; of a state that could not be built, why. */
  readonly endings: readonly string[];
  /** Numbers of tests by what all runs of the state make of them. */
  readonly passed: number;
  readonly failed: number;
  readonly missing: number;
  readonly mixed: number;
  /** Of the longest run. */
  readonly seconds: number;
}

const report = z.object({ passed: z.array(z.string()), failed: z.array(z.string()) });
const run = z.object({
  ending: z.string().optional(),
  exitCode: z.number().nullish(),
  durationMs: z.number().optional(),
  reading: z.discriminatedUnion('valid', [
    z.object({ valid: z.literal(true), report }),
    z.object({ valid: z.literal(false) }),
  ]),
});
const runs = z.object({ runs: z.array(run) });
const maybeRun = run.nullish();

/** What the tables of tests need of the facts that a validation keeps; facts of other versions may lack some. */
export const factsFormat = z.object({
  format: z.literal('validation-facts-1'),
  facts: z.object({
    original: runs.optional(),
    buggy: runs.optional(),
    weakened: z
      .object({ run, onOriginal: z.object({ run: maybeRun, problem: z.string().optional() }).optional() })
      .optional(),
    inverse: z
      .object({ reversions: z.array(z.object({ path: z.string(), run: maybeRun, problem: z.string().optional() })) })
      .optional(),
    neutral: z.object({ run: maybeRun, original: z.object({ run: maybeRun }).optional() }).optional(),
    sabotage: z
      .object({
        original: maybeRun,
        buggy: maybeRun,
        altered: z.object({ original: maybeRun, buggy: maybeRun }).optional(),
      })
      .optional(),
    leaks: z.object({ run: maybeRun }).optional(),
  }),
});

type KeptFacts = z.infer<typeof factsFormat>;
type KeptRun = z.infer<typeof run>;

/** A run with its report as sets: suites have thousands of tests. */
interface ReportedRun extends Pick<KeptRun, 'ending' | 'exitCode' | 'durationMs'> {
  /** Null where the parser's output cannot be read. */
  readonly report: { readonly passed: ReadonlySet<string>; readonly failed: ReadonlySet<string> } | null;
}

type Runs = readonly ReportedRun[];

interface State {
  readonly state: string;
  readonly putBack: string | null;
  readonly runs: Runs;
  /** Why the state could not be built. */
  readonly problem?: string | undefined;
}

/** Every test that any run reports, by name. */
export function testStates(facts: KeptFacts): readonly TestStates[] {
  const states = statesOf(facts);
  const runsIn = (...names: readonly string[]) =>
    states.filter(({ state }) => names.includes(state)).flatMap((state) => state.runs);
  const reverted = states.filter(({ putBack }) => putBack !== null);
  return testsIn(states).map((test) => ({
    test,
    original: statusIn(runsIn('original'), test),
    buggy: statusIn(runsIn('buggy'), test),
    weakened: statusIn(runsIn('weakened'), test),
    neutral: statusIn(runsIn('neutral edit'), test),
    sabotaged: worstIn(runsIn('sabotaged original', 'sabotaged buggy'), test),
    inverse: Object.fromEntries(reverted.map((state) => [state.putBack ?? '', statusIn(state.runs, test)])),
  }));
}

/** The states that validation ran, in the order in which it runs them. */
export function stateSummaries(facts: KeptFacts): readonly StateSummary[] {
  const states = statesOf(facts);
  const tests = testsIn(states);
  return states
    .filter((state) => state.runs.length > 0 || state.problem !== undefined)
    .map((state) => {
      const statuses = tests.map((test) => statusIn(state.runs, test));
      const count = (status: TestStatus) => statuses.filter((one) => one === status).length;
      return {
        ...{ state: state.state, putBack: state.putBack, runs: state.runs.length },
        endings: state.problem === undefined ? state.runs.map(endingOf) : [`not built: ${state.problem}`],
        ...{ passed: count('passed'), failed: count('failed'), missing: count('missing'), mixed: count('mixed') },
        seconds: Math.max(0, ...state.runs.map(({ durationMs = 0 }) => durationMs)) / 1000,
      };
    });
}

function statesOf({ facts }: KeptFacts): readonly State[] {
  const { original, buggy, weakened, inverse, neutral, sabotage, leaks } = facts;
  const state = (name: string, kept: readonly (KeptRun | null | undefined)[], putBack: string | null = null) => ({
    state: name,
    putBack,
    runs: kept.flatMap((one) => (one == null ? [] : toReported(one))),
  });
  return [
    state('original', original?.runs ?? []),
    state('buggy', buggy?.runs ?? []),
    state('weakened', [weakened?.run]),
    { ...state('weakened original', [weakened?.onOriginal?.run]), problem: weakened?.onOriginal?.problem },
    ...(inverse?.reversions ?? []).map(({ path, run: reverted, problem }) => ({
      ...state('put back', [reverted], path),
      problem,
    })),
    state('neutral edit', [neutral?.run]),
    state('neutral edit of the original', [neutral?.original?.run]),
    state('sabotaged original', [sabotage?.original]),
    state('sabotaged buggy', [sabotage?.buggy]),
    state('altered original', [sabotage?.altered?.original]),
    state('altered buggy', [sabotage?.altered?.buggy]),
    state('original without second copies', [leaks?.run]),
  ];
}

function testsIn(states: readonly State[]): readonly string[] {
  const reported = states.flatMap((state) => state.runs.flatMap(reportedTests));
  return [...new Set(reported)].sort();
}

function toReported({ reading, ...kept }: KeptRun): ReportedRun {
  if (!reading.valid) return { ...kept, report: null };
  return { ...kept, report: { passed: new Set(reading.report.passed), failed: new Set(reading.report.failed) } };
}

function reportedTests({ report: reported }: ReportedRun): readonly string[] {
  return reported === null ? [] : [...reported.passed, ...reported.failed];
}

function endingOf({ ending, exitCode }: ReportedRun): string {
  if (ending === 'timed-out') return 'timed out';
  return exitCode == null ? 'by a signal' : `exit ${exitCode}`;
}

function statusIn(runsOfState: Runs, test: string): TestStatus {
  const [first = null, ...others] = new Set(runsOfState.map((one) => statusOf(one, test)));
  return others.length === 0 ? first : 'mixed';
}

/** A pass in any of the runs is what a person has to see. */
function worstIn(runsOfStates: Runs, test: string): TestStatus {
  return runsOfStates.some((one) => statusOf(one, test) === 'passed') ? 'passed' : statusIn(runsOfStates, test);
}

function statusOf({ report: reported }: ReportedRun, test: string): Exclude<TestStatus, null> {
  if (reported === null) return 'unreadable';
  if (reported.failed.has(test)) return 'failed';
  return reported.passed.has(test) ? 'passed' : 'missing';
}
