import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

import { Client } from '@temporalio/client';
import { NativeConnection, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';

import { createEpisodeActivities } from '../activities/run/episode-activities.ts';
import { createEvaluationActivities } from '../activities/evaluation/evaluation-activities.ts';
import { createGradingActivities } from '../activities/grading/grading-activities.ts';
import { createLibraryActivities } from '../activities/library/library-activities.ts';
import { createPatientStore } from '../activities/services/patient-store.ts';
import { withHeartbeats, type Running } from '../activities/services/progress.ts';
import { createRevalidationChecks } from '../activities/revalidation/record-revalidation.ts';
import { createRecycleActivities } from '../activities/recycling/recycle-activities.ts';
import { createRevalidationActivities } from '../activities/revalidation/revalidation-activities.ts';
import { createRolloutActivities } from '../activities/rollout/rollout-activities.ts';
import { createSweepActivities } from '../activities/run/sweep-episodes.ts';
import type { Services } from '../activities/services/services.ts';
import { createTrainingActivities, type TrainingInputs } from '../activities/run/training-activities.ts';
import { createTrainingStepActivities } from '../activities/training/training-step-activities.ts';
import { createValidationActivities } from '../activities/validation/validation-activities.ts';
import type { Environment, WorkerVersion } from '../config/environment.ts';
import { createBootSlots } from './boot-slots.ts';
import { connectionOptions, type TemporalConnection } from './temporal-connection.ts';
import { startEpisodeHousekeeping } from './episode-housekeeping.ts';
import { measureServices } from './measure-services.ts';
import { dataConverterFor } from './payload-encryption.ts';
import { startHousekeeping } from './sandbox-housekeeping.ts';
import { hostBounds, ORCHESTRATOR_BOUNDS, UNHURRIED_WORKFLOWS } from './worker-bounds.ts';
import { createWorkflowStandings } from './workflow-standings.ts';
import { BOOT_QUEUE, ORCHESTRATOR_QUEUE, SANDBOX_QUEUE } from '../workflows/workflow-ids.ts';

export interface WorkersOptions {
  readonly connection: TemporalConnection;
  readonly services: Services;
  readonly inputs: TrainingInputs;
  readonly environment: Environment;
  /** `orchestrator`: workflows and light activities. `sandbox-host`: everything that needs a sandbox. */
  readonly roles: readonly ('orchestrator' | 'sandbox-host')[];
  /** The version of its workflows' code, where the server is to tell versions apart; sandbox hosts have none. */
  readonly version?: WorkerVersion;
  /** How long a stop waits for turns that are under way. */
  readonly turnGraceMs?: number;
  /** Told about sandboxes that could not be looked after; the next sweep tries again. */
  readonly onProblem?: (problem: unknown) => void;
}

export interface RunningWorkers {
  /** Settles when the workers have ended; rejects when one failed. */
  readonly finished: Promise<void>;
  stop(): Promise<void>;
}

/** A worker that runs activities alone has no use for the other slots, and a tuner names them all. */
const NO_OTHER_SLOTS = {
  workflowTaskSlotSupplier: { type: 'fixed-size', numSlots: 1 },
  localActivityTaskSlotSupplier: { type: 'fixed-size', numSlots: 1 },
  nexusTaskSlotSupplier: { type: 'fixed-size', numSlots: 1 },
} as const;

/**
 * How long a stop waits for turns under way, so that no reply is paid for in vain: a command has two minutes at most and
 * a reply of a busy server takes one. What is still under way then is cut off, and the call counted as lost.
 */
const TURN_GRACE_MS = 100_000;

/** What a stop lets boots and bookkeeping finish, which take milliseconds to seconds. */
const GRACE_MS = 5_000;

/** After a stop that lasts longer the process goes anyway: container engines and systems wait for about as long. */
const FORCE_MS = 120_000;

/** Starts the workers of one process: several queues, one workflow bundle. */
export async function startWorkers(given: WorkersOptions): Promise<RunningWorkers> {
  const options = { ...given, services: measureServices(given.services, Runtime.instance().metricMeter) };
  const { connection: target, roles } = options;
  const connection = await NativeConnection.connect(connectionOptions(target));
  const shared: Omit<WorkerOptions, 'taskQueue'> = {
    connection,
    namespace: target.namespace,
    // A cancelled activity learns of it with its next heartbeat; by default these are held back for up to a minute.
    maxHeartbeatThrottleInterval: '5 seconds',
    ...dataConverterFor(options.environment.payloadKeys),
    shutdownGraceTime: GRACE_MS,
    shutdownForceTime: FORCE_MS,
  };
  const leaving = new AbortController();
  const running = withHeartbeats(leaving.signal);
  const client = new Client({ connection, namespace: target.namespace });
  const workers = await Promise.all([
    ...(roles.includes('orchestrator') ? [createOrchestrator(shared, client, { ...options, running })] : []),
    ...(roles.includes('sandbox-host') ? createSandboxHost(shared, options, running) : []),
  ]);
  const { onProblem = () => undefined } = options;
  const housekeeping = [
    ...(roles.includes('orchestrator') ? [startEpisodeHousekeeping(client, onProblem)] : []),
    ...(roles.includes('sandbox-host') ? [startHousekeeping(options.services, client, onProblem)] : []),
  ];
  const runs = workers.map((worker) => worker.run());
  const stop = async () => {
    leaving.abort();
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
    await Promise.allSettled(runs);
    await Promise.all(housekeeping.map((one) => one.stop()));
    await connection.close();
  };
  const finished = Promise.all(runs).then(() => undefined);
  return { finished: finished.catch(async (error: unknown) => (await stop(), Promise.reject(toError(error)))), stop };
}

function createOrchestrator(
  shared: Omit<WorkerOptions, 'taskQueue'>,
  client: Client,
  { services, inputs, version, running }: WorkersOptions & { readonly running: Running },
): Promise<Worker> {
  return Worker.create({
    ...shared,
    ...ORCHESTRATOR_BOUNDS,
    ...UNHURRIED_WORKFLOWS,
    taskQueue: ORCHESTRATOR_QUEUE,
    workflowsPath: workflowsPath(),
    ...(version === undefined ? {} : { workerDeploymentOptions: versioned(version) }),
    activities: {
      ...createTrainingActivities(services, inputs, running),
      ...createLibraryActivities(services, running),
      ...createEvaluationActivities(services, inputs, running),
      ...createSweepActivities(services, createWorkflowStandings(client), running),
      ...createEpisodeActivities(services, running),
      ...createRevalidationActivities(services, inputs, running),
      ...createTrainingStepActivities(services, running),
    },
  });
}

function createSandboxHost(
  shared: Omit<WorkerOptions, 'taskQueue'>,
  { services: given, environment, turnGraceMs = TURN_GRACE_MS }: WorkersOptions,
  running: Running,
): Promise<Worker>[] {
  const services = { ...given, store: createPatientStore(given.store) };
  const { hostId, capacity } = environment;
  const hostQueue = `${SANDBOX_QUEUE}.${hostId}`;
  const { sandboxes, deployment } = services;
  const bounds = hostBounds({ capacity, processors: availableParallelism() });
  const boots = createBootSlots(sandboxes, { capacity, deployment, atOnce: bounds.boots });
  const { bootSandbox, ...onHost } = createRolloutActivities(services, running, hostQueue);
  const anywhere = {
    ...createValidationActivities(services, running),
    ...createGradingActivities(services, running),
    ...createRecycleActivities(services, running),
    ...createRevalidationChecks(services, running),
  };
  return [
    Worker.create({
      ...shared,
      taskQueue: SANDBOX_QUEUE,
      activities: anywhere,
      // A check may take an hour, and another host begins it anew at once.
      shutdownGraceTime: 0,
      maxConcurrentActivityTaskExecutions: bounds.checks,
    }),
    Worker.create({
      ...shared,
      taskQueue: BOOT_QUEUE,
      activities: { bootSandbox },
      tuner: { activityTaskSlotSupplier: boots, ...NO_OTHER_SLOTS },
    }),
    Worker.create({
      ...shared,
      taskQueue: hostQueue,
      activities: onHost,
      shutdownGraceTime: turnGraceMs,
      maxConcurrentActivityTaskExecutions: bounds.onHost,
    }),
  ];
}

/**
 * An episode, a rollout and each life of a run end on the version on which they began; a run begins its next life on the
 * version that is current then (src/workflows/next-life.ts).
 */
function versioned(version: WorkerVersion): NonNullable<WorkerOptions['workerDeploymentOptions']> {
  return { version, useWorkerVersioning: true, defaultVersioningBehavior: 'PINNED' };
}

/** Sources have the extension of this file: .ts from a checkout, .js when built. */
function workflowsPath(): string {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return fileURLToPath(new URL(`../workflows/index.${extension}`, import.meta.url));
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
