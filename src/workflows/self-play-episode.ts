import {
  CancellationScope,
  executeChild,
  isCancellation,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';

import type { EpisodeInput } from '../activities/run/episode-input.ts';
import type { RolloutEnd, RolloutSetting } from '../activities/rollout/rollout-setting.ts';
import { seededInteger } from '../domain/draw/seeded-draw.ts';
import { bookkeeping, checks, rewards } from './activity-proxies.ts';
import { agentRollout } from './agent-rollout.ts';
import { isInfrastructureFailure, refusingInvalidInput } from './failures.ts';
import { episodeProgressQuery, type EpisodeProgress } from './messages.ts';
import { playEpisode } from './play-episode.ts';
import type { EpisodeSteps } from './episode-steps.ts';
import type { EpisodeResult } from './settle-episode.ts';
import { mark, startAttributes } from './search-attributes.ts';
import { validateArtifact } from './validate-artifact.ts';

/** One bug's life, durable. */
export async function selfPlayEpisode(input: EpisodeInput): Promise<EpisodeResult> {
  await refusingInvalidInput(() => bookkeeping.openEpisode(input));
  const { episodeId, subject, strategy, parent, config } = input;
  const order = parent === null ? 1 : 2;
  let phase: EpisodeProgress['phase'] = 'starting';
  const attempts = { solved: 0, unsolved: 0, lost: 0, total: config.attempts };
  setHandler(episodeProgressQuery, () => ({
    episodeId,
    phase,
    subject: subject.name,
    strategy,
    order,
    attempts: { ...attempts },
  }));

  const tell = () => {
    setCurrentDetails(
      `**${phase}** · ${subject.name} · ${strategy} · order ${order}\n\nattempts: ${attempts.solved} solved, ${attempts.unsolved} unsolved, ${attempts.lost} lost of ${attempts.total}`,
    );
  };
  // The run's seed is in its configuration for everybody to read; the id that the server gave this execution is not known
  // before, and stays the same in a replay and after a reset.
  const drawSeed = seededInteger(input.seed, 'draws of verdicts', workflowInfo().originalExecutionRunId);
  const steps: EpisodeSteps = {
    enterPhase: async (next) => {
      phase = next;
      tell();
      mark.phase(next);
      await bookkeeping.recordPhase({ episodeId, phase: next });
    },
    playRollout: (setting) => rolloutOf(input, setting),
    validateArtifact: (artifact) => validateArtifact({ ...artifact, drawSeed }, checks),
    gradeAttempt: (attempt) => checks.gradeAttempt({ ...attempt, drawSeed }),
    recordAttempt: async (attempt) => {
      attempts[attempt.outcome] += 1;
      tell();
      await bookkeeping.recordAttempt(attempt);
    },
    recycleAttempt: (attempt) => checks.recycleAttempt({ ...attempt, drawSeed }),
    emitRewards: (settlement) => rewards.emitRewards(settlement),
    isInfrastructureFailure,
  };

  const result = await settlingFailures(episodeId, () => playEpisode(input, steps));
  phase = 'ended';
  tell();
  const injector = result.rewards.find(({ role }) => role === 'injector')?.reward ?? null;
  mark.settled({ outcome: result.outcome, solveRate: result.solveRate, reward: injector });
  return result;
}

/** An episode that was cancelled or failed is settled too, with no reward for anybody, before its error goes on. */
async function settlingFailures(episodeId: string, play: () => Promise<EpisodeResult>): Promise<EpisodeResult> {
  try {
    return await play();
  } catch (error) {
    const outcome = isCancellation(error) ? 'cancelled' : 'lost';
    const nothing = { verdict: null, check: null, artifactId: null, solveRate: null, rewards: [] };
    await CancellationScope.nonCancellable(() => rewards.emitRewards({ episodeId, outcome, ...nothing }));
    throw error;
  }
}

/** A rollout as a child workflow: its own history, its own line in the UI. */
async function rolloutOf(
  { runId, subject, strategy, parent }: EpisodeInput,
  setting: RolloutSetting,
): Promise<RolloutEnd> {
  try {
    return await executeChild(agentRollout, {
      workflowId: setting.rolloutId,
      args: [setting],
      staticSummary: `${setting.task.role} ${setting.attempt} on ${subject.name}`,
      typedSearchAttributes: startAttributes({
        bugOrder: parent === null ? 1 : 2,
        trainingRun: runId,
        agentRole: setting.task.role,
        repository: subject.name,
        strategy,
      }),
    });
  } catch (error) {
    if (!isInfrastructureFailure(error)) throw error;
    const lost: RolloutEnd = { rolloutId: setting.rolloutId, outcome: 'lost', submission: null, policyVersion: null };
    await bookkeeping.closeRollout(lost);
    return lost;
  }
}
