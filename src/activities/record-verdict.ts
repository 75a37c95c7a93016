import type { BlobRef } from '../domain/blob-ref.ts';
import { CHECKS, type CheckName, type CheckRecord, type ConsistencyVerdict } from '../domain/check-record.ts';
import { judgeArtifact, summarizeTests, VALIDATOR_VERSION, type Judgement } from '../domain/consistency.ts';
import type { ArtifactIdentity, CheckRow, InjectionStrategy } from '../domain/ledger-rows.ts';
import { compareWithLibrary, type BugIdentity, type LibraryEntry } from '../domain/near-duplicate.ts';
import { readDiff } from '../domain/unified-diff.ts';
import type { TestRun, ValidationFacts } from '../domain/validation-facts.ts';
import { identityOf } from './bug-identity.ts';
import { bugOf, weakeningOf } from './collect-artifact.ts';
import { getJson } from './json-blobs.ts';
import { imageIndexOf } from './leaks/image-index.ts';
import { rebuildSolverTree } from './leaks/solver-tree.ts';
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
  'near-duplicate': 'library',
};

/** Writes the artifact with every check's record to the ledger, once, and says the verdict. */
export async function recordVerdict(
  services: Services,
  input: VerdictInput,
  progress: Progress,
): Promise<RecordedVerdict> {
  const { ledger, blobs } = services.store;
  const kept = await getJson<KeptFacts>(blobs, input.facts);
  const bug = await identify(services, input, kept.facts, progress);
  const { artifactId, episode, subject, strategy, submission } = input;
  const runId = episode?.runId ?? null;
  const about = { artifactId, runId, subject: subject.name, content: submission };
  const { check } = await ledger.admitArtifact(about, (library) => {
    const { verdict, records } = judgeInLibrary(kept, bug, library, input.validation);
    const artifact = {
      ...about,
      ...bug,
      episodeId: episode?.episodeId ?? null,
      strategy,
      order: 1,
      facts: input.facts,
      consistent: verdict.consistent,
      check: verdict.consistent ? null : verdict.check,
      ...summarizeTests(kept.facts, input.validation),
      ...sizeOf(kept.facts),
      validatorVersion: VALIDATOR_VERSION,
      parentArtifactId: null,
      parentAttemptId: null,
    } as const;
    return { artifact, checks: toCheckRows(artifactId, records) };
  });
  if (check === null) return { artifactId, verdict: { consistent: true } };
  const detail = (await ledger.listChecks(artifactId)).find((record) => record.check === check)?.detail ?? '';
  return { artifactId, verdict: { consistent: false, check, detail } };
}

/** A judgement to its end: the library's facts are the last ones, and they are there when the others are. */
export function judgeInLibrary(
  kept: KeptFacts,
  bug: BugIdentity,
  library: readonly LibraryEntry[],
  validation: ValidationInput['validation'],
): { readonly verdict: ConsistencyVerdict; readonly records: readonly CheckRecord[] } {
  const facts = { ...kept.facts, library: compareWithLibrary(bug, library) };
  const judgement = judgeArtifact(facts, validation);
  if (judgement.verdict === undefined) throw new RangeError('a verdict is recorded only when the facts decide it');
  return { verdict: judgement.verdict, records: checkRecords(judgement, kept) };
}

/** What the artifact is compared by. The tree is built only where no other check has failed. */
export async function identify(
  services: Services,
  input: ValidationInput,
  facts: ValidationFacts,
  progress: Progress,
): Promise<BugIdentity & ArtifactIdentity> {
  const { artifact } = facts;
  const identity = identityOf(input.subject, artifact.wellFormed ? artifact.artifact : undefined);
  const { verdict } = judgeArtifact(facts, input.validation);
  const refused = verdict?.consistent === false;
  return { ...identity, treeHash: refused ? null : await solverTreeHash(services, input, facts, progress) };
}

function toCheckRows(artifactId: string, records: readonly CheckRecord[]): readonly CheckRow[] {
  return records.map((record, ordinal) => ({
    ...record,
    artifactId,
    ordinal,
    figures: JSON.stringify(record.figures),
  }));
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
      return present(facts.neutral?.run, facts.neutral?.original?.run);
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
      await rebuildSolverTree(sandbox, { index, diffs, signal });
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
