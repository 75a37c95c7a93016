import type { CheckFinding } from './check-record.ts';
import { fails, firstNames, nameList, passes } from './finding.ts';
import { namesAbsentFrom } from './log-names.ts';
import { steadyText } from './steady-text.ts';
import { testNameOf } from './test-definition.ts';
import type { TestReport } from './test-report.ts';
import { reportedIds } from './test-status.ts';
import type {
  BuggyFacts,
  OriginalFacts,
  ParserExperiment,
  TestRun,
  ValidationConfig,
  WeakenedFacts,
} from './validation-facts.ts';

export interface ParserQuestion {
  readonly original: OriginalFacts;
  /** The buggy state's experiments, once it has been run. */
  readonly buggy?: BuggyFacts;
  readonly profile: ValidationConfig['profile'];
  readonly weakened?: WeakenedFacts;
}

/** The changed logs that the strict profile asks every parser about on the original tree (SPEC 4, check 2). */
const PARSER_EXPERIMENTS = ['repeated', 'empty', 'truncated', 'shuffled', 'doubled'] as const;

/**
 * Check 2 (SPEC 4). (P): the parser turns real output into valid JSON. (D): it is a pure, monotonous reading of its log.
 *
 * Undefined while an experiment is missing: a parser that was asked about the empty log alone is not accepted. The
 * conflicting log exists only when the buggy state has been run, so that clause waits for it without holding up others.
 */
export function parserFinding({ original, buggy, weakened, profile }: ParserQuestion): CheckFinding | undefined {
  const [first] = original.runs;
  if (first === undefined) return undefined;
  if (!first.reading.valid) return fails(`on the original tree: ${first.reading.problem}`);
  const { report } = first.reading;
  const figures = { tests: reportedIds(report).length, passed: report.passed.length };
  if (profile === 'paper') return passes('the parser reads the log of the original tree', figures);

  const failure =
    unreadRun(original.runs) ??
    inventedPasses(report, original.log) ??
    firstFailure(original.parser, (experiment) => experimentFailure(experiment, report)) ??
    evidenceFailure([...original.runs, ...(buggy?.runs ?? []), ...(weakened ? [weakened.run] : [])]) ??
    firstFailure(buggy?.conflicting ?? [], conflictFailure) ??
    truncationFailure(buggy);
  if (failure !== undefined) return failure;

  const done = new Set([...original.parser, ...(buggy?.conflicting ?? [])].map(({ experiment }) => experiment));
  const awaited =
    PARSER_EXPERIMENTS.some((experiment) => !done.has(experiment)) || (buggy && buggy.truncated === undefined);
  if (awaited || (buggy && conflictIsPossible(report, buggy.runs) && !done.has('conflicting'))) return undefined;
  return passes('the parser reads the log of the original tree and every changed log as it must', {
    ...figures,
    experiments: [...done].sort(),
    cuts: original.parser.filter(({ experiment }) => experiment === 'truncated').length,
    exitCodeTellsFailure: exitCodeTells(original.runs, buggy?.runs ?? []),
  });
}

/**
 * Whether the script's exit code tells the buggy state from the clean one. A figure only: scripts may end with
 * `|| true`, and grading asks for the code of the clean state whatever it is.
 */
function exitCodeTells(clean: readonly TestRun[], buggy: readonly TestRun[]): boolean {
  const codes = new Set(clean.map(({ exitCode }) => exitCode));
  return buggy.length > 0 && buggy.every(({ exitCode }) => !codes.has(exitCode));
}

function evidenceFailure(runs: readonly TestRun[]): CheckFinding | undefined {
  const contradicted = runs.flatMap(({ evidence }) => evidence?.contradicted ?? []);
  if (contradicted.length > 0) {
    return fails(`the parser says the opposite of its log about ${nameList(new Set(contradicted))}`, {
      contradicted: firstNames(new Set(contradicted)),
    });
  }
  const unnamed = new Set(runs.flatMap(({ evidence }) => evidence?.unnamed ?? []));
  return unnamed.size === 0 ? undefined : namelessPasses(unnamed);
}

function namelessPasses(names: Iterable<string>): CheckFinding {
  return fails(`the parser reports passes whose names the log does not hold: ${nameList(names)}`, {
    invented: firstNames(names),
  });
}

/** The buggy state's log without its end, which for some runners is where failures are summed up. */
function truncationFailure(buggy: BuggyFacts | undefined): CheckFinding | undefined {
  const reading = buggy?.runs[0]?.reading;
  if (reading?.valid !== true) return undefined;
  return firstFailure(buggy?.truncated ?? [], (experiment) => experimentFailure(experiment, reading.report));
}

function unreadRun(runs: readonly TestRun[]): CheckFinding | undefined {
  for (const { reading } of runs) {
    if (!reading.valid) return fails(`on a repeated run of the original tree: ${reading.problem}`);
  }
  return undefined;
}

function inventedPasses(report: TestReport, log: string): CheckFinding | undefined {
  const absent = new Set(namesAbsentFrom(steadyText(log), report.passed.map(testNameOf)));
  const invented = report.passed.filter((id) => absent.has(testNameOf(id)));
  return invented.length === 0 ? undefined : namelessPasses(invented);
}

function firstFailure(
  experiments: readonly ParserExperiment[],
  failureOf: (experiment: ParserExperiment) => CheckFinding | undefined,
): CheckFinding | undefined {
  for (const experiment of experiments) {
    const failure = failureOf(experiment);
    if (failure !== undefined) return failure;
  }
  return undefined;
}

function experimentFailure({ experiment, reading }: ParserExperiment, full: TestReport): CheckFinding | undefined {
  switch (experiment) {
    case 'repeated':
      if (reading.valid && sameReports(reading.report, full)) return undefined;
      return fails('the parser gives two answers for the same log');
    case 'empty':
      return beyond(reading.valid ? reading.report.passed : [], [], 'on an empty log the parser reports passes');
    case 'truncated':
      return beyond(
        reading.valid ? reading.report.passed : [],
        full.passed,
        'on a log cut short the parser reports new passes',
      );
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

function conflictFailure({ reading, contested = [] }: ParserExperiment): CheckFinding | undefined {
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

function conflictIsPossible(clean: TestReport, buggyRuns: readonly TestRun[]): boolean {
  const passed = new Set(clean.passed);
  const [first] = buggyRuns;
  return first?.reading.valid === true && first.reading.report.failed.some((id) => passed.has(id));
}
