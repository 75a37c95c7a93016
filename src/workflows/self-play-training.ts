import {
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  allHandlersFinished,
  condition,
  isCancellation,
  patched,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';

import type { Configuration } from '../config/configuration.ts';
import { libraries, reading, steps, training } from './activity-proxies.ts';
import { refusingInvalidInput } from './failures.ts';
import type { TrainingProgress } from './messages.ts';
import { beginNextLife } from './next-life.ts';
import { endEpisodes, runTraining } from './run-training.ts';
import { answerMessages, wake } from './training-messages.ts';
import { progressOf, type TrainingRun } from './training-progress.ts';
import { newLearning } from './learning.ts';
import { newTraining, type TrainingState } from './training-state.ts';
import { cancelEpisode, learningOf, stepsOf, sweepSoon } from './training-steps.ts';
import { mark } from './workflow-marks.ts';

/** What an earlier life of the same run hands over. */
interface Continuation {
  readonly config: Configuration;
  readonly state: TrainingState;
  readonly window: number;
  readonly paused: boolean;
  readonly drained: boolean;
}

/**
 * How often the server is asked after episodes that may be over without having told: one that was terminated under an
 * earlier life, or whose signal was lost. Both are rare, and cost the run a place in its window for so long.
 */
const SWEEP_INTERVAL = '5 minutes';

/** While a run waits for its last episodes, a person waits for it. */
const LAST_SWEEPS_INTERVAL = '10 seconds';

/**
 * One run. `input` is what a person gave the Temporal CLI: `{"config": "demo"}` or a whole configuration; a typo in it
 * fails the workflow at once.
 */
export async function selfPlayTraining(input: unknown, continuation?: Continuation): Promise<TrainingProgress> {
  const runId = workflowInfo().workflowId;
  const run: TrainingRun = {
    state: continuation?.state ?? newTraining(runId, patched('episodes-named-after-draws')),
    groups: continuation?.config.injectionGroups ?? 0,
    window: continuation?.window ?? 1,
    paused: continuation?.paused ?? false,
    drained: continuation?.drained ?? false,
    ...{ spent: null, ending: false, sweepDue: false, told: 0 },
  };
  answerMessages(run, (episodeId) => cancelEpisode(run, episodeId));
  mark.trainingRun(runId);
  const config = continuation?.config ?? (await refusingInvalidInput(() => reading.readTrainingInput({ input })));
  run.groups = config.injectionGroups;
  if (config.training !== undefined) run.state.learning ??= newLearning();
  run.window = continuation?.window ?? config.episodeWindow;
  if (config.mode === 'repair-only') run.state.library ??= await openLibrary(config);
  const { library } = run.state;
  // A run that is cancelled meanwhile is opened all the same, so that it can be closed.
  if (continuation === undefined) {
    await CancellationScope.nonCancellable(() =>
      refusingInvalidInput(() => training.openRun({ runId, config, library })),
    );
  }

  if ((await play(run, config)) === 'continue-as-new') {
    const { state, window, paused, drained } = run;
    await beginNextLife<typeof selfPlayTraining>(input, { config, state, window, paused, drained });
  }
  wake(run);
  return progressOf(run);
}

/** From here on the run plays what the store has of it, whatever becomes of the file. */
function openLibrary({ bugs = '' }: Configuration): Promise<string> {
  return refusingInvalidInput(() => libraries.openLibrary({ file: bugs }));
}

/** Plays to the end of the run, or of this life, and writes to the ledger how the run ended, whichever way it does. */
async function play(run: TrainingRun, config: Configuration): Promise<'completed' | 'continue-as-new'> {
  const { state } = run;
  sweepEvery(SWEEP_INTERVAL, run);
  let end: Awaited<ReturnType<typeof runTraining>>;
  try {
    if (config.training !== undefined && state.started === 0)
      await steps.openTraining({ runId: state.runId, training: config.training, policy: config.policy });
    const learning = learningOf(run, config);
    void learning.watch();
    end = await runTraining(config, state, stepsOf(run, config), learning);
    if (end === 'misconfigured') throw ApplicationFailure.nonRetryable(state.misconfiguration ?? '', 'InvalidConfig');
    if (end === 'continue-as-new') await readyForNewLife();
  } catch (error) {
    await close(run, isCancellation(error) ? 'cancelled' : 'failed', () => endEpisodes(state, stepsOf(run, config)));
    throw error;
  }
  if (end === 'completed') await close(run, end);
  return end;
}

/** What is told until then is in the state that the new life is given; of a cancellation it would know nothing. */
async function readyForNewLife(): Promise<void> {
  await condition(allHandlersFinished);
  if (CancellationScope.current().consideredCancelled) throw new CancelledFailure('the run is cancelled');
}

function close(
  run: TrainingRun,
  outcome: 'completed' | 'cancelled' | 'failed',
  before?: () => Promise<void>,
): Promise<void> {
  run.ending = true;
  return CancellationScope.nonCancellable(async () => {
    if (before !== undefined) {
      sweepEvery(LAST_SWEEPS_INTERVAL, run);
      await before();
    }
    await condition(allHandlersFinished);
    await training.closeRun({ runId: run.state.runId, outcome });
  });
}

/** For as long as this life lasts. */
function sweepEvery(interval: '5 minutes' | '10 seconds', run: TrainingRun): void {
  void CancellationScope.nonCancellable(async () => {
    for (;;) {
      await sleep(interval);
      sweepSoon(run);
    }
  });
}
