import { Worker, type WorkerOptions } from '@temporalio/worker';

/**
 * Loaded before `selfplay worker`, the very program of the release: its workers take the workflow code with the scaled-down
 * time-outs (scaled-timeouts.ts), made beforehand, and send heartbeats as often as these need.
 */
const create = Worker.create.bind(Worker);
const codePath = process.env.CHAOS_WORKFLOWS;

Worker.create = (options: WorkerOptions): Promise<Worker> => {
  const { workflowsPath, ...rest } = options;
  const scaled: WorkerOptions = { ...rest, maxHeartbeatThrottleInterval: '1 second' };
  if (workflowsPath === undefined || codePath === undefined) return create(scaled);
  return create({ ...scaled, workflowBundle: { codePath } });
};
