import type { EpisodeInput } from '../activities/run/episode-input.ts';
import type { ConsistencyVerdict } from '../domain/record/check-record.ts';
import { groupOutcome } from '../domain/reward/group-outcome.ts';
import { injectorReward } from '../domain/reward/rewards.ts';
import type { EpisodeSteps } from './episode-steps.ts';
import { makeBug } from './make-bug.ts';
import { injectorRow, NOTHING, settle, solverRows, type EpisodeResult } from './settle-episode.ts';
import { solveAttempt, type Attempt } from './solve-attempt.ts';
import { attemptId } from './workflow-ids.ts';

/** One bug's life (paper, Fig. 2): inject, validate, G solve attempts, recycle failures, settle rewards once. */
export async function playEpisode(input: EpisodeInput, steps: EpisodeSteps): Promise<EpisodeResult> {
  const injection = await makeBug(input, steps);
  if (injection.kind === 'lost') return settle(input, steps, { outcome: 'lost', ...NOTHING });
  if (injection.kind === 'unusable') {
    const { verdict, check, rolloutId, artifactId } = injection;
    const rewards = [injectorRow(input, rolloutId, injectorReward({ consistent: false }, input.config.rewards))];
    return settle(input, steps, { ...NOTHING, outcome: 'rewarded', verdict, check, rewards, artifactId });
  }

  const { artifactId, rolloutId } = injection;
  const verdict: ConsistencyVerdict = { consistent: true };

  await steps.enterPhase('solve', input);
  const attempts = await Promise.all(
    range(input.config.attempts).map((attempt) => solveAttempt(input, steps, artifactId, attempt)),
  );
  const outcomes = attempts.map(({ outcome }) => outcome);
  const group = groupOutcome(outcomes, input.config.minValidAttempts);
  if (!group.rewardable) return settle(input, steps, { ...NOTHING, outcome: 'lost', verdict, artifactId });

  await steps.enterPhase('recycle', input);
  const second = await recycle(input, steps, artifactId, attempts);

  await steps.enterPhase('reward', input);
  const { solveRate } = group;
  const reward = injectorReward({ consistent: true, solveRate }, input.config.rewards);
  const injectorRows = rolloutId === null ? [] : [injectorRow(input, rolloutId, reward)];
  const rewards = [...injectorRows, ...solverRows(input, attempts)];
  const settled = await settle(input, steps, {
    outcome: 'rewarded',
    ...{ verdict, check: null, artifactId, solveRate, rewards },
  });
  return { ...settled, recycled: second.map((id) => ({ artifactId: id, injectorRolloutId: rolloutId })) };
}

/**
 * Failed attempts as second-order bugs; second order at most (SPEC 7). One that infrastructure took is no loss: the
 * parent's rewards do not wait for it.
 */
async function recycle(
  input: EpisodeInput,
  steps: EpisodeSteps,
  bug: string,
  attempts: readonly Attempt[],
): Promise<readonly string[]> {
  const { config, runId, episodeId, subject, seed } = input;
  const { enabled, maxPerBug } = config.higherOrder;
  if (!enabled || input.parent !== null || attempts.every(({ outcome }) => outcome !== 'unsolved')) return [];
  try {
    return await steps.recycleAttempt({
      owner: { runId, episodeId },
      subject,
      artifactId: bug,
      attempts: attempts.map(({ attempt, outcome, patch }) => ({
        attemptId: attemptId(episodeId, attempt),
        outcome,
        patch,
      })),
      seed,
      maxPerBug,
      sandbox: config.sandbox,
      grading: config.grading,
    });
  } catch (error) {
    if (!steps.isInfrastructureFailure(error)) throw error;
    return [];
  }
}

function range(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index);
}
