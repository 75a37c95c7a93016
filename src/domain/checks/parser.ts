import type { CheckFinding } from '../record/check-record.ts';
import { fails, firstNames, nameList, passes } from '../record/finding.ts';
import { unnamedIn } from '../report/log-evidence.ts';
import { conflictFailure, experimentFailure, firstFailure } from './parser-experiments.ts';
import { startedInOriginal } from '../report/started-tests.ts';
import { steadyText } from '../report/steady-text.ts';
import type { TestReport } from '../report/test-report.ts';
import { exitCodeTells, reportedIds } from '../report/test-status.ts';
import {
  weakenedRuns,
  type BuggyFacts,
  type OriginalFacts,
  type ValidationConfig,
  type WeakenedFacts,
} from './validation-facts.ts';
import type { TestRun } from '../report/test-run.ts';

export interface ParserQuestion {
  readonly original: OriginalFacts;
  /** The buggy state's experiments, once it has been run. */
  readonly buggy?: BuggyFacts;
  readonly profile: ValidationConfig['profile'];
  readonly weakened?: WeakenedFacts;
}

/**
 * The changed logs that the strict profile asks every parser about on the original tree (docs/specification.md#parser).
 */
const PARSER_EXPERIMENTS = ['repeated', 'empty', 'truncated', 'shuffled', 'doubled'] as const;

/**
 * The check parser (docs/specification.md#parser): the parser turns real output into valid JSON. Beyond the paper: it
 * is a pure, monotonous reading of its log.
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
    evidenceFailure([...original.runs, ...(buggy?.runs ?? []), ...weakenedRuns(weakened)]) ??
    firstFailure(buggy?.conflicting ?? [], conflictFailure) ??
    truncationFailure(buggy);
  if (failure !== undefined) return failure;

  const done = new Set([...original.parser, ...(buggy?.conflicting ?? [])].map(({ experiment }) => experiment));
  const cuts = [...original.parser, ...(buggy?.truncated ?? [])].filter(({ experiment }) => experiment === 'truncated');
  const cutBehind = new Set(original.parser.map(({ started }) => started));
  const awaited =
    PARSER_EXPERIMENTS.some((experiment) => !done.has(experiment)) ||
    startedInOriginal(original.log, report).some(({ test }) => !cutBehind.has(test)) ||
    (buggy && buggy.truncated === undefined);
  if (awaited || (buggy && conflictIsPossible(report, buggy.runs) && !done.has('conflicting'))) return undefined;
  return passes('the parser reads the log of the original tree and every changed log as it must', {
    ...figures,
    experiments: [...done].sort(),
    cuts: cuts.length,
    cutWhereTestsStart: cuts.filter(({ started }) => started !== undefined).length,
    exitCodeTellsFailure: exitCodeTells(original.runs, buggy?.runs ?? []),
  });
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
  const invented = unnamedIn(steadyText(log), report.passed);
  return invented.length === 0 ? undefined : namelessPasses(invented);
}

function conflictIsPossible(clean: TestReport, buggyRuns: readonly TestRun[]): boolean {
  const passed = new Set(clean.passed);
  const [first] = buggyRuns;
  return first?.reading.valid === true && first.reading.report.failed.some((id) => passed.has(id));
}
