import type { Progress, Running } from '../activities/services/progress.ts';
import { createRevalidationChecks } from '../activities/revalidation/record-revalidation.ts';
import { createRevalidationActivities } from '../activities/revalidation/revalidation-activities.ts';
import { createValidationActivities } from '../activities/validation/validation-activities.ts';
import { saysNothingOfArtifact } from '../domain/failure/fault.ts';
import {
  newRevalidation,
  revalidate,
  revalidateArtifacts,
  type RevalidationProgress,
} from '../workflows/revalidate-artifacts.ts';
import { LOCAL_OWNER } from './local-services.ts';
import type { OpenServices } from './open-services.ts';

export interface LocalRevalidation extends Progress {
  readonly revalidationId: string;
  /** As `artifactRevalidation` takes it. */
  readonly input: unknown;
  readonly tell: (progress: RevalidationProgress) => void;
}

/** What the workflow `artifactRevalidation` does, in this process: what is judged by then stays when it is stopped. */
export async function revalidateHere(
  { services, inputs }: Pick<OpenServices, 'services' | 'inputs'>,
  { revalidationId, input, tell, signal, say }: LocalRevalidation,
): Promise<RevalidationProgress> {
  const running: Running = (step) => {
    signal.throwIfAborted();
    return step({ signal, say });
  };
  const bookkeeping = createRevalidationActivities(services, inputs, running);
  const validation = createValidationActivities(services, running);
  const { recordRevalidation } = createRevalidationChecks(services, running);
  const selection = await bookkeeping.openRevalidation({ input });
  return revalidateArtifacts(selection, newRevalidation(revalidationId), {
    selectArtifacts: (after) => bookkeeping.selectArtifacts({ selection, after }),
    planRevalidation: (artifactId) => bookkeeping.planRevalidation({ artifactId, owner: LOCAL_OWNER }),
    revalidate: (artifact) => revalidate(artifact, revalidationId, { ...validation, recordRevalidation }),
    recordNotDone: (artifactId, reason) => bookkeeping.recordNotDone({ revalidationId, artifactId, reason }),
    problemOf: (error) => (signal.aborted ? undefined : problemOf(error)),
    tell,
    shouldContinueAsNew: () => false,
  });
}

function problemOf(error: unknown): string | undefined {
  return error instanceof Error && saysNothingOfArtifact(error.name) ? error.message : undefined;
}
