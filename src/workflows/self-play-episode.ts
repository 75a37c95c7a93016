import {
  CancellationScope,
  ParentClosePolicy,
  executeChild,
  isCancellation,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';

import type { EpisodeInput } from '../activities/run/episode-input.ts';
import type { RolloutEnd, RolloutSetting } from '../activities/rollout/rollout-setting.ts';
import { seededInteger } from '../domain/draw/seeded-draw.ts';
import { rootMessageOf } from '../domain/failure/root-message.ts';
import { bookkeeping, checksOfWorkflow, rewards } from './activity-proxies.ts';
import { agentRollout } from './agent-rollout.ts';
import { isInfrastructureFailure, refusingInvalidInput } from './failures.ts';
import { episodeProgressQuery, type EpisodeProgress } from './messages.ts';
import { playEpisode } from './play-episode.ts';
import type { EpisodeSteps } from './episode-steps.ts';
import { endOfFailure, endOfResult, reportEnd } from './report-end.ts';
import type { EpisodeResult } from './settle-episode.ts';
import { mark, startAttributes } from './workflow-marks.ts';
import { together } from './together.ts';
import { validateArtifact } from './validate-artifact.ts';

/** One bug's life, durable. It tells its run when it is over, settled. */
export async function selfPlayEpisode(input: EpisodeInput): Promise<EpisodeResult> {
  // What is cancelled meanwhile is opened all the same, so that it can be settled.
  await CancellationScope.nonCancellable(() => refusingInvalidInput(() => bookkeeping.openEpisode(input)));
  const { runId, episodeId } = input;
  let result: EpisodeResult;
  try {
    result = await playEpisode(input, stepsOf(input));
  } catch (error) {
    await reportEnd(runId, endOfFailure(episodeId, error));
    throw error;
  }
  await reportEnd(runId, endOfResult(result));
  return result;
}

function stepsOf(input: EpisodeInput): EpisodeSteps {
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
  const checks = checksOfWorkflow();
  return {
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
    // A settlement that has been decided on is the only one: of an episode that is cancelled while it is written, too.
    emitRewards: async (settlement) => {
      await CancellationScope.nonCancellable(() => rewards.emitRewards(settlement));
      phase = 'ended';
      tell();
      const { outcome, solveRate } = settlement;
      const reward = settlement.rewards.find(({ role }) => role === 'injector')?.reward ?? null;
      mark.settled({ outcome, solveRate, reward });
    },
    together: (work) =>
      CancellationScope.cancellable(() => {
        const scope = CancellationScope.current();
        return together(work, () => {
          scope.cancel();
        });
      }),
    isCancellation,
    isInfrastructureFailure,
  };
}

/**
 * A rollout as a child workflow: its own history, its own line in the UI. One whose episode is gone, terminated by a
 * person, is cancelled and cleans up after itself.
 */
async function rolloutOf(
  { runId, subject, strategy, parent }: EpisodeInput,
  setting: RolloutSetting,
): Promise<RolloutEnd> {
  try {
    return await executeChild(agentRollout, {
      workflowId: setting.rolloutId,
      args: [setting],
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
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
    const { rolloutId } = setting;
    const problem = rootMessageOf(error);
    const lost: RolloutEnd = { rolloutId, outcome: 'lost', submission: null, policyVersion: null, problem };
    await bookkeeping.closeRollout(lost);
    return lost;
  }
}
