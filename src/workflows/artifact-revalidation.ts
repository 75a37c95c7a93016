import { setCurrentDetails, setHandler, workflowInfo } from '@temporalio/workflow';

import { checksOfWorkflow, revalidations } from './activity-proxies.ts';
import { refusingInvalidInput, revalidationProblemOf } from './failures.ts';
import { revalidationProgressQuery } from './messages.ts';
import { beginNextLife, isNextLifeDue } from './next-life.ts';
import { newRevalidation, revalidate, revalidateArtifacts, type RevalidationProgress } from './revalidate-artifacts.ts';

/** Today's checks on stored artifacts, durable. `input` selects them: `{}` is all, `{"run": "RUN"}` those of a run. */
export async function artifactRevalidation(
  input: unknown,
  continuation?: RevalidationProgress,
): Promise<RevalidationProgress> {
  const revalidationId = workflowInfo().workflowId;
  let progress = continuation ?? newRevalidation(revalidationId);
  setHandler(revalidationProgressQuery, () => progress);
  const selection = await refusingInvalidInput(() => revalidations.openRevalidation({ input }));
  const checks = checksOfWorkflow();
  const owner = { runId: revalidationId, episodeId: revalidationId };
  progress = await revalidateArtifacts(selection, progress, {
    selectArtifacts: (after) => revalidations.selectArtifacts({ selection, after }),
    planRevalidation: (artifactId) => revalidations.planRevalidation({ artifactId, owner }),
    revalidate: (artifact) => revalidate(artifact, revalidationId, checks),
    recordNotDone: (artifactId, reason) => revalidations.recordNotDone({ revalidationId, artifactId, reason }),
    problemOf: revalidationProblemOf,
    tell: (next) => {
      progress = next;
      const { judged, changed, notDone, skipped } = next;
      setCurrentDetails(`${judged} judged, ${changed} of them changed; ${notDone} not done, ${skipped} skipped`);
    },
    shouldContinueAsNew: isNextLifeDue,
  });
  if (!progress.finished) await beginNextLife<typeof artifactRevalidation>(input, progress);
  return progress;
}
