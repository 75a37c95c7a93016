import { ActivityCancellationType, proxyActivities, proxyLocalActivities, sleep } from '@temporalio/workflow';

import type { EpisodeActivities } from '../activities/run/episode-activities.ts';
import type { EvaluationActivities } from '../activities/evaluation/evaluation-activities.ts';
import type { GradingActivities } from '../activities/grading/grading-activities.ts';
import type { LibraryActivities } from '../activities/library/library-activities.ts';
import type { RevalidationChecks } from '../activities/revalidation/record-revalidation.ts';
import type { RecycleActivities } from '../activities/recycling/recycle-activities.ts';
import type { RevalidationActivities } from '../activities/revalidation/revalidation-activities.ts';
import type { RolloutActivities } from '../activities/rollout/rollout-activities.ts';
import type { SweepActivities } from '../activities/run/sweep-episodes.ts';
import type { TrainingActivities } from '../activities/run/training-activities.ts';
import type { TrainingStepActivities } from '../activities/training/training-step-activities.ts';
import type { ValidationActivities } from '../activities/validation/validation-activities.ts';
import { errorsNeverRetried } from '../domain/failure/fault.ts';
import { mark } from './workflow-marks.ts';
import { waitingForAbsent } from './waiting-for-absent.ts';
import { BOOT_QUEUE, ORCHESTRATOR_QUEUE, SANDBOX_QUEUE } from './workflow-ids.ts';

/** Errors of which a second try can only be the same again (src/domain/failure/fault.ts). */
const NEVER_RETRIED = [...errorsNeverRetried()];

/**
 * For what the workflow takes again itself when the store is away or a worker that stops hands it back: that takes no try
 * from what a machine fails at.
 */
const TAKEN_AGAIN_BY_WORKFLOW = [...NEVER_RETRIED, 'StoreUnavailableError', 'WorkerStoppedError'];

// Reading the input is a few milliseconds of work on the worker that runs the workflow; a local activity costs a fifth
// of a scheduled one. A worker that does not answer within 20 s is not the input's fault: try for a minute, for a person
// waits for what is wrong with it.
export const reading = proxyLocalActivities<Pick<TrainingActivities, 'readTrainingInput'>>({
  startToCloseTimeout: '20 seconds',
  scheduleToCloseTimeout: '1 minute',
  retry: { nonRetryableErrorTypes: NEVER_RETRIED },
});

// Rows of the ledger, a few milliseconds each (a page of a revalidation is a hundred of them), so local too. A full disk
// or a database that is away is waited for, not given up: after a day a person has to look. A try that is more than five
// seconds off is waited for by the server: a worker that waits itself tells the server so with three events every eight
// seconds, which fill a history within the day.
const LEDGER = {
  startToCloseTimeout: '20 seconds',
  scheduleToCloseTimeout: '1 day',
  localRetryThreshold: '5 seconds',
  retry: { maximumInterval: '1 minute', nonRetryableErrorTypes: NEVER_RETRIED },
} as const;

export const training = proxyLocalActivities<Omit<TrainingActivities, 'readTrainingInput'>>(LEDGER);
export const weighing = proxyLocalActivities<Pick<TrainingStepActivities, 'weighGroups'>>(LEDGER);
export const bookkeeping = proxyLocalActivities<Omit<EpisodeActivities, 'emitRewards'>>(LEDGER);
export const revalidations = proxyLocalActivities<RevalidationActivities>(LEDGER);

// A step takes minutes on a large model, and its manifest as long where there are millions of tokens; hours where a trainer
// is waited for. It is tried until it is done, for the run cannot go on without it: a person sees why in the history.
// Who hangs stops its heartbeats. A stop waits until the trainer has been let go.
export const steps = proxyActivities<Omit<TrainingStepActivities, 'weighGroups' | 'keepTrainer'>>({
  taskQueue: ORCHESTRATOR_QUEUE,
  startToCloseTimeout: '1 day',
  heartbeatTimeout: '1 minute',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { maximumInterval: '1 minute', nonRetryableErrorTypes: NEVER_RETRIED },
});

// Reading a library of thousands of bugs into a store that is far away takes minutes, and says so with each heartbeat.
const IMPORTING = {
  taskQueue: ORCHESTRATOR_QUEUE,
  startToCloseTimeout: '2 hours',
  heartbeatTimeout: '1 minute',
  retry: { maximumInterval: '1 minute', nonRetryableErrorTypes: NEVER_RETRIED },
} as const;

export const libraries = proxyActivities<LibraryActivities>(IMPORTING);

export const opening = proxyActivities<Pick<EvaluationActivities, 'openEvaluation'>>(IMPORTING);
export const evaluations = proxyLocalActivities<Omit<EvaluationActivities, 'openEvaluation'>>(LEDGER);

// For as long as the run lasts: a week, then it is begun again. Its worker may die, and the trainer forgets nobody within
// the time in which another takes it up.
export const keeping = proxyActivities<Pick<TrainingStepActivities, 'keepTrainer'>>({
  taskQueue: ORCHESTRATOR_QUEUE,
  startToCloseTimeout: '7 days',
  heartbeatTimeout: '1 minute',
  retry: { maximumInterval: '1 minute', nonRetryableErrorTypes: NEVER_RETRIED },
});

// A question to the server and one to the ledger for each episode in flight, 500 at most: seconds, on a slow server half a
// minute. What three tries do not find out the next sweep does.
export const sweeping = proxyActivities<SweepActivities>({
  taskQueue: ORCHESTRATOR_QUEUE,
  startToCloseTimeout: '2 minutes',
  retry: { maximumAttempts: 3, nonRetryableErrorTypes: NEVER_RETRIED },
});

// One transaction, a few milliseconds. A reward is never lost, so it is tried for as long as bookkeeping is; it is an
// activity of its own because people look for it in the history.
export const rewards = proxyActivities<Pick<EpisodeActivities, 'emitRewards'>>({
  taskQueue: ORCHESTRATOR_QUEUE,
  startToCloseTimeout: '1 minute',
  scheduleToCloseTimeout: '1 day',
  retry: { maximumInterval: '1 minute', nonRetryableErrorTypes: NEVER_RETRIED },
});

// A boot takes tens of milliseconds (bubblewrap) to half an hour (a large image over a slow line). It waits in the queue
// until a host has a free place, for as long as other rollouts last, so its start has no limit. Then the store may be
// waited for, and the content of an image be read. Heavy load may delay heartbeats. Five tries with backoff ride out a slow or restarting engine; then the rollout counts an incarnation. A
// store that is away is not counted among them.
export const boot = proxyActivities<Pick<RolloutActivities, 'bootSandbox'>>({
  taskQueue: BOOT_QUEUE,
  startToCloseTimeout: '2 hours',
  heartbeatTimeout: '1 minute',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { maximumAttempts: 5, nonRetryableErrorTypes: TAKEN_AGAIN_BY_WORKFLOW },
});

// A gathering begins no state after ten minutes; the last one may take half an hour and more on a machine under load
// (`LOAD_PATIENCE`), and others of the host wait for the same places. Who hangs stops its heartbeats, so this is a
// back-stop. Nobody else waits for this host, so it may be silent for as long as heavy load takes. Three tries, for the
// states are built anew each time and nothing is lost with one. A store that is away is not counted among them, and when all
// three end because load kept heartbeats from coming through, the workflow waits and begins them again.
const sandboxed = proxyActivities<ValidationActivities & GradingActivities & RecycleActivities & RevalidationChecks>({
  taskQueue: SANDBOX_QUEUE,
  startToCloseTimeout: '6 hours',
  heartbeatTimeout: '1 minute',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { maximumAttempts: 3, nonRetryableErrorTypes: TAKEN_AGAIN_BY_WORKFLOW },
});

/** Those of one workflow, which says that it waits while any of them does. */
export const checksOfWorkflow = () => waitingForAbsent(sandboxed, { sleep, mark: mark.waitingFor });

// A slice ends by itself after slice_seconds; what may stretch it is one model call (10 minutes at 131k tokens, with
// its own retries) and one command (2 minutes, and a quarter of an hour more on a machine under load). A host that is silent
// for three heartbeats is taken for dead, and one that does not start a task within 10 s too, because it has a slot for
// every sandbox it holds; unless it was last heard to say that others have its processors. The rollout, not Temporal,
// decides where a lost slice goes on, so there is no retry here. A stop waits until the agent has let go.
export const onHost = (taskQueue: string, summary: string) =>
  proxyActivities<Omit<RolloutActivities, 'bootSandbox' | 'destroySandbox'>>({
    taskQueue,
    summary,
    startToCloseTimeout: '1 hour',
    heartbeatTimeout: '15 seconds',
    scheduleToStartTimeout: '10 seconds',
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    retry: { maximumAttempts: 1 },
  });

// Destroying takes milliseconds; a host that is gone does not start it within 15 s, and then the sandbox's own lease
// and the reaper do it.
export const cleanUp = (taskQueue: string) =>
  proxyActivities<Pick<RolloutActivities, 'destroySandbox'>>({
    taskQueue,
    startToCloseTimeout: '1 minute',
    heartbeatTimeout: '15 seconds',
    scheduleToStartTimeout: '15 seconds',
    retry: { maximumAttempts: 2 },
  });
