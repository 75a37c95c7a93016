import type { EpisodeInput } from '../activities/run/episode-input.ts';
import { groupOutcome } from '../domain/reward/group-outcome.ts';
import { rootMessageOf } from '../domain/failure/root-message.ts';
import { injectorReward } from '../domain/reward/rewards.ts';
import type { EpisodeSteps } from './episode-steps.ts';
import { gradeEqualOnce } from './grade-equal-once.ts';
import { makeBug, type Injection } from './make-bug.ts';
import { injectorRow, NOTHING, settle, solverRows, type EpisodeResult, type Outcome } from './settle-episode.ts';
import { solveAttempt, type Attempt } from './solve-attempt.ts';
import { attemptId } from './workflow-ids.ts';

/**
 * One bug's life (paper, Fig. 2): inject, validate, G solve attempts, recycle failures, settle rewards once.
 *
 * An episode that was cancelled or failed is settled too, with what is known of its bug and with no reward for anybody,
 * before its error goes on.
 */
export async function playEpisode(input: EpisodeInput, steps: EpisodeSteps): Promise<EpisodeResult> {
  let known: Outcome = { ...NOTHING, outcome: 'lost' };
  let end: EpisodeEnd;
  try {
    const injection = await makeBug(input, steps);
    known = { ...known, ...findingsOf(injection) };
    end = injection.kind === 'bug' ? await playBug(input, steps, injection) : endWithoutBug(input, injection);
  } catch (error) {
    const end = steps.isCancellation(error)
      ? ({ outcome: 'cancelled', problem: null } as const)
      : ({ outcome: 'lost', problem: rootMessageOf(error) } as const);
    await settle(input, steps, { ...known, ...end });
    throw error;
  }
  return settle(input, steps, end);
}

type EpisodeEnd = Outcome & Pick<Partial<EpisodeResult>, 'recycled'>;

function findingsOf(injection: Injection): Pick<Outcome, 'verdict' | 'check' | 'artifactId'> {
  switch (injection.kind) {
    case 'lost':
      return NOTHING;
    case 'bug':
      return { verdict: { consistent: true }, check: null, artifactId: injection.artifactId };
    case 'unusable': {
      const { verdict, check, artifactId } = injection;
      return { verdict, check, artifactId };
    }
  }
}

/** A lost machine yields nothing; an injector without a usable bug pays for it. */
function endWithoutBug(input: EpisodeInput, injection: Exclude<Injection, { kind: 'bug' }>): EpisodeEnd {
  if (injection.kind === 'lost') return { ...NOTHING, outcome: 'lost', problem: injection.problem };
  const reward = injectorReward({ consistent: false }, input.config.rewards);
  const rewards = [injectorRow(input, injection.rolloutId, reward)];
  return { ...NOTHING, ...findingsOf(injection), outcome: 'rewarded', rewards };
}

/** The solve attempts at the bug, what they leave, and what everybody has earned. */
async function playBug(
  input: EpisodeInput,
  steps: EpisodeSteps,
  injection: Extract<Injection, { kind: 'bug' }>,
): Promise<EpisodeEnd> {
  const { artifactId, rolloutId } = injection;
  const { config } = input;
  await steps.enterPhase('solve', input);
  const isShared = config.grading.equalRepairs === 'once';
  const solving = isShared ? { ...steps, gradeAttempt: gradeEqualOnce(steps.gradeAttempt) } : steps;
  const attempts = await steps.together(
    range(config.attempts).map((attempt) => () => solveAttempt(input, solving, artifactId, attempt)),
  );
  const outcomes = attempts.map(({ outcome }) => outcome);
  const group = groupOutcome(outcomes, config.minValidAttempts);
  if (!group.rewardable) {
    return { ...NOTHING, ...findingsOf(injection), outcome: 'lost', problem: tooFewAttempts(attempts) };
  }

  await steps.enterPhase('recycle', input);
  const second = await recycle(input, steps, artifactId, attempts);

  await steps.enterPhase('reward', input);
  const { solveRate } = group;
  const reward = injectorReward({ consistent: true, solveRate }, config.rewards);
  const injectorRows = rolloutId === null ? [] : [injectorRow(input, rolloutId, reward)];
  return {
    ...findingsOf(injection),
    outcome: 'rewarded',
    solveRate,
    problem: null,
    rewards: [...injectorRows, ...solverRows(input, attempts)],
    recycled: second.map((id) => ({ artifactId: id, injectorRolloutId: rolloutId })),
  };
}

function tooFewAttempts(attempts: readonly Attempt[]): string {
  const lost = attempts.filter(({ outcome }) => outcome === 'lost');
  return `${lost.length} of ${attempts.length} attempts were lost, the first of them because ${lost[0]?.problem ?? 'nobody could say why'}`;
}

/**
 * Failed attempts as second-order bugs; second order at most (docs/specification.md#higher-order-bugs), and none where
 * only injectors learn, for such bugs pay solvers. One that
 * infrastructure took is no loss: the parent's rewards do not wait for it.
 */
async function recycle(
  input: EpisodeInput,
  steps: EpisodeSteps,
  bug: string,
  attempts: readonly Attempt[],
): Promise<readonly string[]> {
  const { config, runId, episodeId, subject, seed } = input;
  const { enabled, maxPerBug } = config.higherOrder;
  if (
    !enabled ||
    config.mode === 'injection-only' ||
    input.parent !== null ||
    attempts.every(({ outcome }) => outcome !== 'unsolved')
  )
    return [];
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
