import { failingUnderBug, passingUnderBug } from './bug-validity.ts';
import type { CheckFinding, ConsistencyVerdict } from '../record/check-record.ts';
import type { About } from './check.ts';
import { checksOf, leakUnfixable } from './checks.ts';
import { cleanState, type CleanState } from './clean-state.ts';
import { changesOf, filesTouchedBy } from '../diff/unified-diff.ts';
import { gatheredIn, runsBehind } from './gathered.ts';
import { saidOfCutLogs } from '../report/cut-logs.ts';
import type { ValidationConfig, ValidationFacts } from './validation-facts.ts';

export interface Judgement {
  /** In the order of the checks, up to and with the first failure. */
  readonly findings: readonly { readonly check: string; readonly finding: CheckFinding }[];
  /** Undefined while the facts for a later check are missing and nothing has failed. */
  readonly verdict: ConsistencyVerdict | undefined;
}

/**
 * Judges an artifact over the facts gathered so far; the first failure in the order of the checks decides
 * (docs/specification.md#validation). Facts that are missing stop the judgement without a verdict: nothing is ever
 * taken for passed unseen.
 */
export function judgeArtifact(facts: ValidationFacts, config: ValidationConfig): Judgement {
  const findings: { check: string; finding: CheckFinding }[] = [];
  const [gathered, about] = [gatheredIn(facts), aboutOf(facts, config)];
  for (const { name: check, judge, needs, regards } of checksOf(config.profile)) {
    const judged = judge(gathered, about);
    if (judged === undefined) return { findings, verdict: undefined };
    const runs = [...needs, ...regards].flatMap((fact) => runsBehind(fact, gathered));
    const finding = judged.passed ? judged : { ...judged, detail: judged.detail + saidOfCutLogs(runs) };
    findings.push({ check, finding });
    if (!finding.passed) return { findings, verdict: { consistent: false, check, detail: finding.detail } };
  }
  return { findings, verdict: { consistent: true } };
}

/**
 * What an accepted artifact records: FAIL_TO_PASS and PASS_TO_PASS, in the convention of SWE-bench, and the tests in
 * quarantine (docs/specification.md#validation).
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
 * run, for a machine under load is slower (docs/specification.md#test-script).
 */
export function scriptTimeLimitMs(cleanDurationMs: number): number {
  return Math.max(90_000, 3 * cleanDurationMs);
}

/** Whether the clean results stay without the second copies, so that every other state can be built without them. */
export function secondCopiesCanGo(facts: ValidationFacts, config: ValidationConfig): boolean {
  return leakUnfixable.judge(gatheredIn(facts), aboutOf(facts, config))?.passed === true;
}

function aboutOf(facts: ValidationFacts, config: ValidationConfig): About {
  const artifact = facts.artifact.wellFormed ? facts.artifact.artifact : undefined;
  return {
    bug: changesOf(artifact?.bugInject),
    weakening: changesOf(artifact?.testWeaken),
    clean: cleanStateOf(facts, config.profile),
    config,
  };
}

function cleanStateOf(facts: ValidationFacts, profile: ValidationConfig['profile']): CleanState {
  const bug = changesOf(facts.artifact.wellFormed ? facts.artifact.artifact.bugInject : undefined);
  return facts.original
    ? cleanState(facts.original, filesTouchedBy(bug), profile)
    : { passed: [], failed: [], quarantined: [] };
}
