import type { EpisodeInput } from '../activities/episode-input.ts';
import type { RolloutTask } from '../activities/rollout-setting.ts';
import type { BlobRef } from '../domain/blob-ref.ts';
import type { EpisodeSteps } from './episode-steps.ts';
import { playUntilFinal } from './play-until-final.ts';
import { attemptId, solverRolloutId } from './workflow-ids.ts';

export interface Attempt {
  readonly attempt: number;
  readonly rolloutId: string;
  readonly outcome: 'solved' | 'unsolved' | 'lost';
  readonly patch: BlobRef | null;
}

/** One solve attempt and its grade. What infrastructure took is `lost`: it counts nowhere and earns nothing. */
export async function solveAttempt(
  input: EpisodeInput,
  steps: EpisodeSteps,
  bug: string,
  attempt: number,
): Promise<Attempt> {
  const { runId, episodeId, subject, config } = input;
  const task: RolloutTask = { role: 'solver', artifactId: bug };
  const end = await playUntilFinal(input, steps, task, attempt, (replay) =>
    solverRolloutId(episodeId, attempt, replay),
  );
  const { rolloutId, submission } = end;
  const record = (outcome: Attempt['outcome'], reason: string, patch: BlobRef | null, report: BlobRef | null) =>
    steps.recordAttempt({
      attemptId: attemptId(episodeId, attempt),
      episodeId,
      artifactId: bug,
      attempt,
      rolloutId,
      outcome,
      reason,
      patch,
      report,
    });
  try {
    if (end.outcome === 'lost') {
      await record('lost', 'its rollout was lost to infrastructure', null, null);
      return { attempt, rolloutId, outcome: 'lost', patch: null };
    }
    const grade = await steps.gradeAttempt({
      owner: { runId, episodeId },
      subject,
      artifactId: bug,
      submission,
      sandbox: config.sandbox,
    });
    const outcome = grade.solved ? 'solved' : 'unsolved';
    await record(outcome, grade.reason, grade.patch, grade.report);
    return { attempt, rolloutId, outcome, patch: grade.patch };
  } catch (error) {
    if (!steps.isInfrastructureFailure(error)) throw error;
    await record('lost', 'its grading was lost to infrastructure', null, null);
    return { attempt, rolloutId, outcome: 'lost', patch: null };
  }
}
