import type { AttemptRow } from '../domain/record/ledger-rows.ts';
import type { EpisodeInput } from '../activities/run/episode-input.ts';
import type { RolloutTask } from '../activities/rollout/rollout-setting.ts';
import type { BlobRef } from '../domain/record/blob-ref.ts';
import { faultOfRollout } from '../domain/failure/fault.ts';
import { rootMessageOf } from '../domain/failure/root-message.ts';
import type { AttemptOutcome } from '../domain/reward/solve-rate.ts';
import type { EpisodeSteps } from './episode-steps.ts';
import { playUntilFinal, problemOfLost } from './play-until-final.ts';
import { attemptId, solverRolloutId } from './workflow-ids.ts';

export interface Attempt {
  readonly attempt: number;
  readonly rolloutId: string;
  readonly outcome: AttemptOutcome;
  readonly patch: BlobRef | null;
  /** Why it was lost. */
  readonly problem: string | null;
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
  const record = (outcome: Attempt['outcome'], { reason, patch, report, validatorVersion }: Grade) =>
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
      validatorVersion,
    });
  try {
    if (faultOfRollout(end.outcome) === 'infrastructure') {
      const problem = problemOfLost(end);
      await record('lost', ungraded(problem));
      return { attempt, rolloutId, outcome: 'lost', patch: null, problem };
    }
    const grade = await steps.gradeAttempt({
      owner: { runId, episodeId },
      subject,
      artifactId: bug,
      submission,
      sandbox: config.sandbox,
      grading: config.grading,
    });
    const outcome = grade.solved ? 'solved' : 'unsolved';
    await record(outcome, grade);
    return { attempt, rolloutId, outcome, patch: grade.patch, problem: null };
  } catch (error) {
    if (!steps.isInfrastructureFailure(error)) throw error;
    const problem = `its grading was lost: ${rootMessageOf(error)}`;
    await record('lost', ungraded(problem));
    return { attempt, rolloutId, outcome: 'lost', patch: null, problem };
  }
}

type Grade = Pick<AttemptRow, 'reason' | 'patch' | 'report' | 'validatorVersion'>;

function ungraded(reason: string): Grade {
  return { reason, patch: null, report: null, validatorVersion: null };
}
