import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

import { NativeConnection, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';

import { createEpisodeActivities } from '../activities/run/episode-activities.ts';
import { createGradingActivities } from '../activities/grading/grading-activities.ts';
import { createPatientStore } from '../activities/services/patient-store.ts';
import { withHeartbeats } from '../activities/services/progress.ts';
import { createRevalidationChecks } from '../activities/revalidation/record-revalidation.ts';
import { createRecycleActivities } from '../activities/recycling/recycle-activities.ts';
import { createRevalidationActivities } from '../activities/revalidation/revalidation-activities.ts';
import { createRolloutActivities } from '../activities/rollout/rollout-activities.ts';
import type { Services } from '../activities/services/services.ts';
import { createTrainingActivities, type TrainingInputs } from '../activities/run/training-activities.ts';
import { createValidationActivities } from '../activities/validation/validation-activities.ts';
import type { Environment } from '../config/environment.ts';
import { connectionOptions, type TemporalConnection } from './temporal-connection.ts';
import { measureServices } from './measure-services.ts';
import { startHousekeeping } from './sandbox-housekeeping.ts';
import { BOOT_QUEUE, ORCHESTRATOR_QUEUE, SANDBOX_QUEUE } from '../workflows/workflow-ids.ts';

export interface WorkersOptions {
  readonly connection: TemporalConnection;
  readonly services: Services;
  readonly inputs: TrainingInputs;
  readonly environment: Environment;
  /** `orchestrator`: workflows and light activities. `sandbox-host`: everything that needs a sandbox. */
  readonly roles: readonly ('orchestrator' | 'sandbox-host')[];
  /** Told about sandboxes that could not be looked after; the next sweep tries again. */
  readonly onProblem?: (problem: unknown) => void;
}

export interface RunningWorkers {
  /** Settles when the workers have ended; rejects when one failed. */
  readonly finished: Promise<void>;
  stop(): Promise<void>;
}

/**
 * Slots on the host's own queue, for each sandbox that it can hold: one for the slice, one for the end of a sandbox
 * that gave up its place. So a task there never waits for load, and one that does tells a silent host
 * (docs/specification.md#durability).
 */
const SLOTS_PER_PLACE = 2;
/** Boots at once: more of them end no sooner (measured: four to six a second on two cores, however many at once). What waits for a place here, others cannot take. */
const BOOTS_AT_ONCE = Math.max(2, availableParallelism());

/** A stop lets an activity finish the turn it is in; after two minutes the process goes anyway. */
const SHUTDOWN = { shutdownGraceTime: '5 seconds', shutdownForceTime: '2 minutes' } as const;

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
    ...SHUTDOWN,
  };
  const workers = await Promise.all([
    ...(roles.includes('orchestrator') ? [createOrchestrator(shared, options)] : []),
    ...(roles.includes('sandbox-host') ? createSandboxHost(shared, options) : []),
  ]);
  const housekeeping = roles.includes('sandbox-host')
    ? await startHousekeeping(options.services, target, options.onProblem ?? (() => undefined))
    : undefined;
  const runs = workers.map((worker) => worker.run());
  const stop = async () => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
    await Promise.allSettled(runs);
    await housekeeping?.stop();
    await connection.close();
  };
  const finished = Promise.all(runs).then(() => undefined);
  return { finished: finished.catch(async (error: unknown) => (await stop(), Promise.reject(toError(error)))), stop };
}

function createOrchestrator(
  shared: Omit<WorkerOptions, 'taskQueue'>,
  { services, inputs }: WorkersOptions,
): Promise<Worker> {
  return Worker.create({
    ...shared,
    taskQueue: ORCHESTRATOR_QUEUE,
    workflowsPath: workflowsPath(),
    activities: {
      ...createTrainingActivities(services, inputs, withHeartbeats),
      ...createEpisodeActivities(services, withHeartbeats),
      ...createRevalidationActivities(services, inputs, withHeartbeats),
    },
  });
}

function createSandboxHost(
  shared: Omit<WorkerOptions, 'taskQueue'>,
  { services: given, environment }: WorkersOptions,
): Promise<Worker>[] {
  const services = { ...given, store: createPatientStore(given.store) };
  const hostQueue = `${SANDBOX_QUEUE}.${environment.hostId}`;
  const { bootSandbox, ...onHost } = createRolloutActivities(services, withHeartbeats, hostQueue);
  const anywhere = {
    ...createValidationActivities(services, withHeartbeats),
    ...createGradingActivities(services, withHeartbeats),
    ...createRecycleActivities(services, withHeartbeats),
    ...createRevalidationChecks(services, withHeartbeats),
  };
  return [
    Worker.create({ ...shared, taskQueue: SANDBOX_QUEUE, activities: anywhere }),
    Worker.create({
      ...shared,
      taskQueue: BOOT_QUEUE,
      activities: { bootSandbox },
      maxConcurrentActivityTaskExecutions: BOOTS_AT_ONCE,
    }),
    Worker.create({
      ...shared,
      taskQueue: hostQueue,
      activities: onHost,
      maxConcurrentActivityTaskExecutions: SLOTS_PER_PLACE * environment.capacity,
    }),
  ];
}

/** Sources have the extension of this file: .ts from a checkout, .js when built. */
function workflowsPath(): string {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return fileURLToPath(new URL(`../workflows/index.${extension}`, import.meta.url));
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
