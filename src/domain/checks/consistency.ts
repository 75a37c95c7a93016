import { artifactFinding } from './artifact.ts';
import { bugScopeFinding } from './bug-scope.ts';
import { bugValidityFinding, failingUnderBug, passingUnderBug } from './bug-validity.ts';
import type { CheckFinding, CheckName, ConsistencyVerdict } from '../record/check-record.ts';
import { cleanState, type CleanState } from './clean-state.ts';
import { determinismFinding } from './determinism.ts';
import { inverseMutationFinding } from './inverse-mutation.ts';
import { leakUnfixableFinding } from './leak-unfixable.ts';
import { nearDuplicateFinding } from './near-duplicate.ts';
import { neutralEditFinding } from './neutral-edit.ts';
import { noHintsFinding } from './no-hints.ts';
import { parserFinding } from './parser.ts';
import { sabotageFinding } from './sabotage.ts';
import { testFilesFinding } from './test-files.ts';
import { testScriptFinding } from './test-script.ts';
import { changesOf, filesTouchedBy } from '../diff/unified-diff.ts';
import { checksOf } from './validation-profile.ts';
import type { ValidationConfig, ValidationFacts } from './validation-facts.ts';
import { weakeningValidityFinding } from './weakening-validity.ts';

/**
 * The version of the judgement. Raise it whenever the same facts may get another verdict, or other facts are gathered:
 * artifacts keep it, and a revalidation compares it.
 */
export const VALIDATOR_VERSION = '3';

export interface Judgement {
  /** In the order of the checks, up to and with the first failure. */
  readonly findings: readonly { readonly check: CheckName; readonly finding: CheckFinding }[];
  /** Undefined while the facts for a later check are missing and nothing has failed. */
  readonly verdict: ConsistencyVerdict | undefined;
}

/**
 * Judges an artifact over the facts gathered so far; the first failure in the order of the checks decides (SPEC 4).
 * Facts that are missing stop the judgement without a verdict: nothing is ever taken for passed unseen.
 */
export function judgeArtifact(facts: ValidationFacts, config: ValidationConfig): Judgement {
  const findings: { check: CheckName; finding: CheckFinding }[] = [];
  const findingOf = checksOver(facts, config);
  for (const check of checksOf(config.profile)) {
    const finding = findingOf[check]();
    if (finding === undefined) return { findings, verdict: undefined };
    findings.push({ check, finding });
    if (!finding.passed) return { findings, verdict: { consistent: false, check, detail: finding.detail } };
  }
  return { findings, verdict: { consistent: true } };
}

/**
 * What an accepted artifact records: FAIL_TO_PASS and PASS_TO_PASS, in the convention of SWE-bench, and the tests in
 * quarantine (SPEC 4).
 */
export function summarizeTests(
  facts: ValidationFacts,
  config: Pick<ValidationConfig, 'profile'>,
): {
  readonly failToPass: readonly string[];
  readonly passToPass: readonly string[];
  readonly quarantined: readonly string[];
} {
  const clean = cleanStateOf(facts, config.profile);
  const runs = facts.buggy?.runs ?? [];
  return {
    failToPass: failingUnderBug(clean, runs),
    passToPass: passingUnderBug(clean, runs),
    quarantined: clean.quarantined,
  };
}

/**
 * The time that a run of the script may take: the larger of 90 s, which is what prompts demand, and 3 times the clean
 * run, for a machine under load is slower (SPEC 4, check 3).
 */
export function scriptTimeLimitMs(cleanDurationMs: number): number {
  return Math.max(90_000, 3 * cleanDurationMs);
}

function checksOver(
  facts: ValidationFacts,
  config: ValidationConfig,
): Readonly<Record<CheckName, () => CheckFinding | undefined>> {
  const { original, buggy, weakened, inverse, neutral, sabotage, leaks } = facts;
  const artifact = facts.artifact.wellFormed ? facts.artifact.artifact : undefined;
  const { profile } = config;
  const bug = changesOf(artifact?.bugInject);
  const weakening = changesOf(artifact?.testWeaken);
  const clean = cleanStateOf(facts, profile);
  // What later states show of parser and script, as far as they were run.
  const later = { ...(buggy && { buggy }), ...(weakened && { weakened }) };
  return {
    artifact: () => artifactFinding(facts.artifact),
    'test-files': () => artifact && original && testFilesFinding({ artifact, bug, weakening, original, profile }),
    parser: () => original && parserFinding({ original, profile, ...later }),
    'test-script': () =>
      artifact && original && testScriptFinding({ artifact, bug, original, clean, config, ...later }),
    'bug-scope': () => bugScopeFinding(bug, config, facts),
    'bug-validity': () => buggy && bugValidityFinding(clean, buggy.runs, config),
    'weakening-validity': () =>
      buggy &&
      weakened &&
      weakeningValidityFinding({
        clean,
        buggyRuns: buggy.runs,
        weakenedRun: weakened.run,
        weakening,
        testFileTexts: original?.testFileTexts ?? {},
        profile,
      }),
    'inverse-mutation': () =>
      buggy && inverse && inverseMutationFinding({ clean, buggyRuns: buggy.runs, bug, reversions: inverse.reversions }),
    determinism: () => buggy && determinismFinding(clean, buggy.runs, config),
    'neutral-edit': () =>
      original &&
      buggy &&
      neutral &&
      neutralEditFinding({ clean, originalRuns: original.runs, buggyRuns: buggy.runs, neutral }),
    'no-hints': () => weakened?.hints && noHintsFinding(weakened.hints, weakening),
    sabotage: () =>
      buggy &&
      sabotage &&
      sabotageFinding({
        clean,
        failingUnderBug: failingUnderBug(clean, buggy.runs),
        passingUnderBug: passingUnderBug(clean, buggy.runs),
        sabotage,
        config,
      }),
    'leak-unfixable': () => original && leaks && leakUnfixableFinding(clean, original.runs, leaks),
    'near-duplicate': () => facts.library && nearDuplicateFinding(facts.library, config),
  };
}

/** Whether the clean results stay without the second copies, so that every other state can be built without them. */
export function secondCopiesCanGo(facts: ValidationFacts, config: ValidationConfig): boolean {
  return checksOver(facts, config)['leak-unfixable']()?.passed === true;
}

function cleanStateOf(facts: ValidationFacts, profile: ValidationConfig['profile']): CleanState {
  const bug = changesOf(facts.artifact.wellFormed ? facts.artifact.artifact.bugInject : undefined);
  return facts.original
    ? cleanState(facts.original, filesTouchedBy(bug), profile)
    : { passed: [], failed: [], quarantined: [] };
}
