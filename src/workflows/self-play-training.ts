import {
  ApplicationFailure,
  CancellationScope,
  allHandlersFinished,
  condition,
  continueAsNew,
  executeChild,
  isCancellation,
  log,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';

import type { Configuration } from '../config/configuration.ts';
import { training } from './activity-proxies.ts';
import { invalidInputOf } from './failures.ts';
import {
  pauseTrainingSignal,
  resizeWindowUpdate,
  resumeTrainingSignal,
  trainingProgressQuery,
  type TrainingProgress,
} from './messages.ts';
import type { EpisodeInput, EpisodeResult } from './play-episode.ts';
import { newTraining, runTraining, type TrainingState, type TrainingSteps } from './run-training.ts';
import { mark, startAttributes } from './search-attributes.ts';
import { selfPlayEpisode } from './self-play-episode.ts';

/** What an earlier life of the same run hands over. */
interface Continuation {
  readonly config: Configuration;
  readonly state: TrainingState;
  readonly window: number;
  readonly paused: boolean;
}

/**
 * One run. `input` is what a person gave the Temporal CLI: `{"config": "demo"}` or a whole configuration; a typo in it
 * fails the workflow at once.
 */
export async function selfPlayTraining(input: unknown, continuation?: Continuation): Promise<TrainingProgress> {
  const runId = workflowInfo().workflowId;
  let window = continuation?.window ?? 1;
  let paused = continuation?.paused ?? false;
  let draining: string | null = null;
  const state = continuation?.state ?? newTraining(runId);
  const inFlight = new Set<string>();
  let total = continuation?.config.injectionGroups ?? 0;

  const progress = (): TrainingProgress => ({
    runId,
    paused,
    draining,
    window,
    injectionGroups: { drawn: state.drawn, settled: state.settled, total },
    episodes: {
      started: state.started,
      finished: state.finished,
      consistent: state.consistent,
      secondOrder: state.secondOrder,
      lost: state.lost,
    },
    inFlight: [...inFlight],
    waiting: state.waiting.length,
  });
  setHandler(trainingProgressQuery, progress);
  setHandler(pauseTrainingSignal, () => void (paused = true));
  setHandler(resumeTrainingSignal, () => void (paused = false));
  setHandler(resizeWindowUpdate, (next) => (window = next), { validator: checkWindow });

  mark.trainingRun(runId);
  const config = continuation?.config ?? (await openRun(runId, input));
  total = config.injectionGroups;
  window = continuation?.window ?? config.episodeWindow;

  const steps: TrainingSteps = {
    drawInjectionGroup: (index) => training.drawInjectionGroup({ runId, index, config }),
    withinBudget: async () => {
      if (Object.keys(config.budget).length === 0) return true;
      draining = await training.checkBudget({ runId, budget: config.budget });
      return draining === null;
    },
    settleInjectionGroup: (groupId) => training.settleInjectionGroup({ groupId }),
    playEpisode: async (episode) => {
      inFlight.add(episode.episodeId);
      setCurrentDetails(describe(progress()));
      try {
        return await episodeOf(episode);
      } finally {
        inFlight.delete(episode.episodeId);
        setCurrentDetails(describe(progress()));
      }
    },
    mayStart: (count) => condition(() => !paused && count() < window),
    shouldContinueAsNew: () => workflowInfo().continueAsNewSuggested,
  };

  const end = await closing(runId, () => runTraining(config, state, steps));
  if (end === 'continue-as-new') {
    await condition(allHandlersFinished);
    await continueAsNew<typeof selfPlayTraining>(input, { config, state, window, paused });
  }
  return progress();
}

/** Reads the input; what is wrong with it is the workflow's failure itself, so that the Temporal CLI shows it at once. */
async function openRun(runId: string, input: unknown): Promise<Configuration> {
  try {
    return await training.openRun({ runId, input });
  } catch (error) {
    const problem = invalidInputOf(error);
    if (problem === undefined) throw error;
    throw ApplicationFailure.nonRetryable(problem, 'InvalidInput');
  }
}

/** Writes how the run ended to the ledger, whichever way it does. */
async function closing(
  runId: string,
  run: () => Promise<'completed' | 'continue-as-new'>,
): Promise<'completed' | 'continue-as-new'> {
  try {
    const end = await run();
    if (end === 'completed') await training.closeRun({ runId, outcome: 'completed' });
    return end;
  } catch (error) {
    await closeAfter(runId, error);
    throw error;
  }
}

async function closeAfter(runId: string, error: unknown): Promise<void> {
  const outcome = isCancellation(error) ? 'cancelled' : 'failed';
  await CancellationScope.nonCancellable(() => training.closeRun({ runId, outcome }));
}

/** An episode as a child workflow. One that fails for good is said and left behind: the run goes on without it. */
async function episodeOf(episode: EpisodeInput): Promise<EpisodeResult | undefined> {
  const { episodeId, subject, strategy, parent, runId } = episode;
  try {
    return await executeChild(selfPlayEpisode, {
      workflowId: episodeId,
      args: [episode],
      staticSummary: `${strategy} on ${subject.name}${parent === null ? '' : ', second order'}`,
      typedSearchAttributes: startAttributes({
        trainingRun: runId,
        repository: subject.name,
        strategy,
        bugOrder: parent === null ? 1 : 2,
      }),
    });
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.error('an episode failed and yields nothing', { episodeId, error });
    return undefined;
  }
}

function checkWindow(window: number): void {
  if (Number.isInteger(window) && window >= 1 && window <= 500) return;
  throw ApplicationFailure.nonRetryable(
    `the window is a whole number from 1 to 500, not ${String(window)}`,
    'InvalidInput',
  );
}

function describe({ injectionGroups, episodes, inFlight, paused, draining }: TrainingProgress): string {
  return [
    `${paused ? '**paused** · ' : ''}${draining === null ? '' : `**draining**: ${draining} · `}injection groups: ${injectionGroups.settled} of ${injectionGroups.total} settled`,
    `episodes: ${episodes.finished} finished, ${episodes.consistent} consistent, ${episodes.secondOrder} second order, ${episodes.lost} lost`,
    `in flight: ${inFlight.join(', ') || 'none'}`,
  ].join('\n\n');
}
