import type { BlobRef } from '../domain/blob-ref.ts';
import { CHECKS, type CheckName, type CheckRecord, type ConsistencyVerdict } from '../domain/check-record.ts';
import { judgeArtifact, summarizeTests, VALIDATOR_VERSION, type Judgement } from '../domain/consistency.ts';
import type { InjectionStrategy } from '../domain/ledger-rows.ts';
import { readDiff } from '../domain/unified-diff.ts';
import type { TestRun, ValidationFacts } from '../domain/validation-facts.ts';
import { bugOf, weakeningOf } from './collect-artifact.ts';
import { getJson } from './json-blobs.ts';
import { imageIndexOf } from './leaks/image-index.ts';
import { buildSolverTree } from './leaks/solver-tree.ts';
import type { Progress } from './progress.ts';
import { withSandbox, type Owner } from './sandbox-request.ts';
import type { Services } from './services.ts';
import { treeHash } from './tree-hash.ts';
import type { KeptFacts, ValidationInput } from './validation-activities.ts';

export interface VerdictInput extends ValidationInput {
  readonly artifactId: string;
  readonly strategy: InjectionStrategy;
  /** The episode that made it; null for an artifact that somebody brought. */
  readonly episode: Owner | null;
  readonly facts: BlobRef;
}

export interface RecordedVerdict {
  readonly artifactId: string;
  readonly verdict: ConsistencyVerdict;
}

/** Which gathering, or part of one, a check's facts came from: its duration is what that took. */
const GATHERING: Readonly<Record<CheckName, string>> = {
  artifact: 'artifact',
  'test-files': 'original',
  parser: 'parser',
  'test-script': 'original',
  'bug-scope': 'artifact',
  'bug-validity': 'buggy',
  'weakening-validity': 'weakened',
  'inverse-mutation': 'inverse',
  determinism: 'buggy',
  'neutral-edit': 'neutral',
  'no-hints': 'artifact',
  sabotage: 'sabotage',
  'leak-unfixable': 'leaks',
};

/** Writes the artifact with every check's record to the ledger, once, and says the verdict. */
export async function recordVerdict(
  services: Services,
  input: VerdictInput,
  progress: Progress,
): Promise<RecordedVerdict> {
  const kept = await getJson<KeptFacts>(services.store.blobs, input.facts);
  const judgement = judgeArtifact(kept.facts, input.validation);
  const verdict = judgement.verdict;
  if (verdict === undefined) throw new RangeError('a verdict is recorded only when the facts decide it');
  const { artifactId, episode, subject, strategy, submission } = input;
  await services.store.ledger.recordArtifact({
    artifactId,
    runId: episode?.runId ?? null,
    episodeId: episode?.episodeId ?? null,
    subject: subject.name,
    strategy,
    order: 1,
    content: submission,
    facts: input.facts,
    treeHash: verdict.consistent ? await solverTreeHash(services, input, kept.facts, progress) : null,
    consistent: verdict.consistent,
    check: verdict.consistent ? null : verdict.check,
    ...summarizeTests(kept.facts, input.validation),
    ...sizeOf(kept.facts),
    validatorVersion: VALIDATOR_VERSION,
    parentArtifactId: null,
    parentAttemptId: null,
  });
  const records = checkRecords(judgement, kept);
  await services.store.ledger.recordChecks(
    records.map((record, ordinal) => ({ ...record, artifactId, ordinal, figures: JSON.stringify(record.figures) })),
  );
  return { artifactId, verdict };
}

/** A record for each check: found, or not run because an earlier one had decided. */
function checkRecords({ findings }: Judgement, { facts, durationsMs }: KeptFacts): readonly CheckRecord[] {
  return CHECKS.map((check): CheckRecord => {
    const finding = findings.find((candidate) => candidate.check === check)?.finding;
    if (finding === undefined) {
      return { check, verdict: 'not-run', detail: 'an earlier check decided', figures: {}, durationMs: 0, logs: [] };
    }
    const { passed, detail, figures } = finding;
    const durationMs = durationsMs[GATHERING[check]] ?? 0;
    const logs = runsOf(check, facts).map(({ log }) => log);
    return { check, verdict: passed ? 'passed' : 'failed', detail, figures, durationMs, logs };
  });
}

function runsOf(check: CheckName, { original, buggy, weakened, ...facts }: ValidationFacts): readonly TestRun[] {
  switch (GATHERING[check]) {
    case 'original':
    case 'parser':
      return original?.runs ?? [];
    case 'buggy':
      return buggy?.runs ?? [];
    case 'weakened':
      return present(weakened?.run);
    case 'inverse':
      return (facts.inverse?.reversions ?? []).flatMap((reversion) => ('run' in reversion ? reversion.run : []));
    case 'neutral':
      return present(facts.neutral?.run);
    case 'sabotage':
      return present(facts.sabotage?.original, facts.sabotage?.buggy);
    case 'leaks':
      return present(facts.leaks?.run);
    default:
      return [];
  }
}

function present(...runs: readonly (TestRun | null | undefined)[]): readonly TestRun[] {
  return runs.filter((run) => run != null);
}

/** Hash of the tree that the solver starts from: two artifacts with the same one are the same bug. */
async function solverTreeHash(
  services: Services,
  input: ValidationInput,
  facts: ValidationFacts,
  progress: Progress,
): Promise<string | null> {
  const { signal } = progress;
  const { artifact } = facts;
  if (!artifact.wellFormed) return null;
  const index = await imageIndexOf(services, input, progress);
  return withSandbox(
    services,
    { owner: input.owner, subject: input.subject, config: input.sandbox },
    async (sandbox) => {
      const diffs = [bugOf(artifact.artifact), weakeningOf(artifact.artifact)];
      await buildSolverTree(sandbox, { index, diffs, signal });
      return treeHash(sandbox, signal);
    },
  );
}

function sizeOf({ artifact }: ValidationFacts): { readonly filesChanged: number; readonly linesChanged: number } {
  const reading = artifact.wellFormed ? readDiff(artifact.artifact.bugInject) : undefined;
  if (reading?.readable !== true) return { filesChanged: 0, linesChanged: 0 };
  const lines = reading.files.map(({ addedLines, removedLines }) => addedLines.length + removedLines.length);
  return { filesChanged: reading.files.length, linesChanged: lines.reduce((sum, count) => sum + count, 0) };
}
