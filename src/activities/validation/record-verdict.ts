import type { BlobRef } from '../../domain/record/blob-ref.ts';
import type { CheckRecord, ConsistencyVerdict } from '../../domain/record/check-record.ts';
import { judgeArtifact, summarizeTests } from '../../domain/checks/consistency.ts';
import { VALIDATOR_VERSION } from '../../domain/checks/validator-version.ts';
import type { ArtifactIdentity, ArtifactRow, CheckRow, InjectionStrategy } from '../../domain/record/ledger-rows.ts';
import { compareWithLibrary, type BugIdentity, type LibraryEntry } from '../../domain/checks/near-duplicate.ts';
import { readDiff } from '../../domain/diff/unified-diff.ts';
import type { ValidationFacts } from '../../domain/checks/validation-facts.ts';
import { identityOf } from '../artifact/bug-identity.ts';
import { LIBRARY } from '../../domain/checks/gathered.ts';
import { checkRecords } from './check-records.ts';
import { bugOf, weakeningOf } from '../artifact/named-diffs.ts';
import { getJson } from '../services/json-blobs.ts';
import { imageIndexOf } from '../leaks/kept-image-index.ts';
import { rebuildSolverTree } from '../leaks/solver-tree.ts';
import type { Progress } from '../services/progress.ts';
import { withSandbox, type Owner } from '../services/sandbox-request.ts';
import type { Services } from '../services/services.ts';
import { treeHash } from '../tree/tree-hash.ts';
import type { KeptFacts } from '../artifact/kept-facts.ts';
import type { ValidationInput } from './validation-input.ts';

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

/** Writes the artifact with every check's record to the ledger, once, and says the verdict. */
export async function recordVerdict(
  services: Services,
  input: VerdictInput,
  progress: Progress,
): Promise<RecordedVerdict> {
  const { ledger, blobs } = services.store;
  const kept = await getJson<KeptFacts>(blobs, input.facts);
  const startedAt = performance.now();
  const bug = await identify(services, input, kept.facts, progress);
  const { artifactId, episode, subject, strategy, submission, validation } = input;
  const runId = episode?.runId ?? null;
  const about = { artifactId, runId, subject: subject.name, image: bug.image, content: submission };
  const recorded = await ledger.admitArtifact({ ...about, ...bug }, (library) => {
    const { verdict, records } = judgeInLibrary({ kept, bug, validation, startedAt }, library);
    const artifact = {
      ...about,
      ...bug,
      episodeId: episode?.episodeId ?? null,
      strategy,
      order: 1,
      facts: input.facts,
      consistent: verdict.consistent,
      check: verdict.consistent ? null : verdict.check,
      ...summarizeTests(kept.facts, validation),
      ...sizeOf(kept.facts),
      validatorVersion: VALIDATOR_VERSION,
      parentArtifactId: null,
      parentAttemptId: null,
    } as const;
    return { artifact, checks: toCheckRows(artifactId, records) };
  });
  if (recorded.consistent) return { artifactId, verdict: { consistent: true } };
  const { check } = recorded;
  if (check === null) throw new RangeError(`${artifactId} was refused, and not by a check of validation`);
  const detail = (await ledger.listChecks(artifactId)).find((record) => record.check === check)?.detail ?? '';
  return { artifactId, verdict: { consistent: false, check, detail } };
}

/** What makes a bug comparable with those of its image. */
export type IdentifiedBug = BugIdentity & ArtifactIdentity & Pick<ArtifactRow, 'image'>;

/** A judgement to its end: the library's facts are the last ones, and they are there when the others are. */
export function judgeInLibrary(
  {
    kept,
    bug,
    validation,
    startedAt,
  }: {
    readonly kept: KeptFacts;
    readonly bug: IdentifiedBug;
    readonly validation: ValidationInput['validation'];
    /** When the work on the bug's identity began, by `performance.now()`: that and the question are one gathering. */
    readonly startedAt: number;
  },
  library: readonly LibraryEntry[],
): { readonly verdict: ConsistencyVerdict; readonly records: readonly CheckRecord[] } {
  const facts = { ...kept.facts, library: compareWithLibrary(bug, library) };
  const judgement = judgeArtifact(facts, validation);
  if (judgement.verdict === undefined) throw new RangeError('a verdict is recorded only when the facts decide it');
  const durationsMs = { ...kept.durationsMs, [LIBRARY]: Math.round(performance.now() - startedAt) };
  return { verdict: judgement.verdict, records: checkRecords(judgement, { ...kept, durationsMs }) };
}

/** What the artifact is compared by. The tree is built, and the image told, only where no other check has failed. */
export async function identify(
  services: Services,
  input: ValidationInput,
  facts: ValidationFacts,
  progress: Progress,
): Promise<IdentifiedBug> {
  const { artifact } = facts;
  const identity = identityOf(input.subject, artifact.wellFormed ? artifact.artifact : undefined);
  const { verdict } = judgeArtifact(facts, input.validation);
  if (verdict?.consistent === false) return { ...identity, treeHash: null, image: null };
  const { fingerprint: image } = await services.sandboxes.identify(input.subject.source);
  return { ...identity, treeHash: await solverTreeHash(services, input, facts, progress), image };
}

function toCheckRows(artifactId: string, records: readonly CheckRecord[]): readonly CheckRow[] {
  return records.map((record, ordinal) => ({
    ...record,
    artifactId,
    ordinal,
    figures: JSON.stringify(record.figures),
  }));
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
