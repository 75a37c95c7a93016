import type { ConsistencyVerdict } from '../../domain/record/check-record.ts';
import { VALIDATOR_VERSION } from '../../domain/checks/validator-version.ts';
import { BlobMissingError } from '../../domain/failure/errors.ts';
import { getJson, putJson } from '../services/json-blobs.ts';
import type { Progress, Running } from '../services/progress.ts';
import { identify, judgeInLibrary, type VerdictInput } from '../validation/record-verdict.ts';
import type { Services } from '../services/services.ts';
import type { KeptFacts } from '../artifact/kept-facts.ts';

export interface RevalidationInput extends VerdictInput {
  readonly revalidationId: string;
}

export interface RevalidatedArtifact {
  readonly artifactId: string;
  readonly verdict: ConsistencyVerdict;
  /** Another verdict, or another check that decides. */
  readonly changed: boolean;
}

export function createRevalidationChecks(services: Services, running: Running) {
  return {
    /** Writes what today's checks say beside the verdict that was paid on, which stays. */
    recordRevalidation: (input: RevalidationInput): Promise<RevalidatedArtifact> =>
      running((progress) => recordRevalidation(services, input, progress)),
  };
}

export type RevalidationChecks = ReturnType<typeof createRevalidationChecks>;

async function recordRevalidation(
  services: Services,
  input: RevalidationInput,
  progress: Progress,
): Promise<RevalidatedArtifact> {
  const { ledger, blobs } = services.store;
  const { artifactId, revalidationId, facts } = input;
  const artifact = await ledger.findArtifact(artifactId);
  if (artifact === undefined) throw new BlobMissingError(`the ledger holds no artifact ${artifactId}`);
  const kept = await getJson<KeptFacts>(blobs, facts);
  const startedAt = performance.now();
  const bug = await identify(services, input, kept.facts, progress);
  const { validation } = input;
  // Artifacts that were refused, and those of older versions, have no image of their own.
  const library = await ledger.listLibrary({ ...artifact, ...bug, image: artifact.image ?? bug.image });
  const { verdict, records } = judgeInLibrary({ kept, bug, validation, startedAt }, library);
  await ledger.recordRevalidation({
    revalidationId,
    artifactId,
    validatorVersion: VALIDATOR_VERSION,
    verdict: verdict.consistent ? 'consistent' : 'inconsistent',
    check: verdict.consistent ? null : verdict.check,
    detail: verdict.consistent ? 'all checks passed' : verdict.detail,
    checks: await putJson(blobs, { format: 'check-records-1', checks: records }),
    facts,
    endedAt: new Date().toISOString(),
  });
  const changed =
    artifact.consistent !== verdict.consistent || (!verdict.consistent && artifact.check !== verdict.check);
  return { artifactId, verdict, changed };
}
