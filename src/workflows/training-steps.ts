import {
  CancellationScope,
  CancelledFailure,
  condition,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  startChild,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';

import type { EpisodeInput } from '../activities/run/episode-input.ts';
import type { SweptEpisodes } from '../activities/run/sweep-episodes.ts';
import type { Configuration } from '../config/configuration.ts';
import { isTrained } from '../domain/run/run-mode.ts';
import { keeping, steps, sweeping, training, weighing } from './activity-proxies.ts';
import { evaluateStep } from './evaluate-step.ts';
import { createLearning, NO_LEARNING, type Learning } from './learning.ts';
import { isNextLifeDue } from './next-life.ts';
import type { TrainingSteps } from './run-training.ts';
import { selfPlayEpisode } from './self-play-episode.ts';
import { wake } from './training-messages.ts';
import type { TrainingRun } from './training-progress.ts';
import { startAttributes } from './workflow-marks.ts';

/** What a run asks of the world. */
export function stepsOf(run: TrainingRun, config: Configuration): TrainingSteps {
  const { runId } = run.state;
  const { budget } = config;
  return {
    drawInjectionGroup: (index) => training.drawInjectionGroup({ runId, index, config, library: run.state.library }),
    withinBudget: async () => {
      if (Object.keys(budget).length === 0) return true;
      run.spent = await training.checkBudget({ runId, budget });
      return run.spent === null;
    },
    settleInjectionGroup: (groupId) =>
      training.settleInjectionGroup({ groupId, advantage: config.training?.advantage }),
    startEpisode: (episode) => startEpisode(run, episode),
    cancelEpisode: (episodeId) => cancelEpisode(run, episodeId),
    isSweepDue: () => run.sweepDue,
    sweepEpisodes: (episodeIds) => sweepEpisodes(run, episodeIds),
    steered: () => run,
    told: () => run.told,
    toldMoreThan: (told) => condition(() => run.told > told),
    // A new life would know nothing of a cancellation that this one was asked for.
    shouldContinueAsNew: () => isNextLifeDue() && !CancellationScope.current().consideredCancelled,
  };
}

/**
 * An episode as a child workflow that outlives this life of the run's: it tells the run itself when it is over. Under one id
 * it is played once.
 */
async function startEpisode(run: TrainingRun, episode: EpisodeInput): Promise<void> {
  const { episodeId, subject, strategy, parent, runId } = episode;
  if (CancellationScope.current().consideredCancelled) throw new CancelledFailure('the run is cancelled');
  try {
    const child = await CancellationScope.nonCancellable(() =>
      startChild(selfPlayEpisode, {
        workflowId: episodeId,
        args: [episode],
        parentClosePolicy: 'ABANDON',
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
        staticSummary: `${strategy} on ${subject.name}${parent === null ? '' : ', second order'}`,
        typedSearchAttributes: startAttributes({
          trainingRun: runId,
          repository: subject.name,
          strategy,
          bugOrder: parent === null ? 1 : 2,
        }),
      }),
    );
    // One that is terminated tells nothing. While this life lasts, the server does.
    void child.result().catch(() => {
      if (episodeId in run.state.inFlight) sweepSoon(run);
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    // Of before a reset of the run: it is in flight, or over already.
    sweepSoon(run);
  }
  wake(run);
}

/** Resolves when the episode has been asked to end; one that is over already is found by the next sweep. */
export async function cancelEpisode(run: TrainingRun, episodeId: string): Promise<void> {
  try {
    await CancellationScope.nonCancellable(() => getExternalWorkflowHandle(episodeId).cancel());
  } catch (error) {
    log.warn('an episode could not be asked to end', { episodeId, error });
    sweepSoon(run);
  }
}

async function sweepEpisodes(run: TrainingRun, episodeIds: readonly string[]): Promise<SweptEpisodes> {
  run.sweepDue = false;
  if (episodeIds.length === 0) return NOTHING_FOUND;
  try {
    return await sweeping.sweepEpisodes({ episodeIds });
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.warn('episodes could not be asked after; the next sweep tries again', { error });
    return NOTHING_FOUND;
  }
}

/** How this run learns. */
export function learningOf(run: TrainingRun, config: Configuration): Learning {
  const { mode, training: how, policy, rollout } = config;
  const { learning, runId } = run.state;
  if (how === undefined || learning === undefined) return NO_LEARNING;
  const trained = { runId, training: how, policy };
  return createLearning(how, learning, {
    keepTrainer: () => keeping.keepTrainer(trained),
    recover: () => steps.recoverTraining(trained),
    weighGroups: (groups) =>
      weighing.weighGroups({ runId, groups: groups.filter(({ role }) => isTrained(mode, role)) }),
    takeStep: async (planned) => {
      await steps.assembleStep({ ...trained, ...planned, temperature: rollout.temperature });
      const end = await steps.trainStep({ ...trained, step: planned.step });
      await evaluateStep(runId, config, planned.step);
      return end;
    },
    injectionGroupsDrawn: () => run.state.drawn,
    wake: () => {
      wake(run);
    },
  });
}

const NOTHING_FOUND: SweptEpisodes = { ended: [], absent: [] };

export function sweepSoon(run: TrainingRun): void {
  run.sweepDue = true;
  wake(run);
}
