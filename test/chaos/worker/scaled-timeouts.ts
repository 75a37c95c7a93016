import type { ActivityOptions, LocalActivityOptions, WorkflowInterceptorsFactory } from '@temporalio/workflow';

/**
 * Workflow code under chaos: the same, with its time-outs scaled down. Faults come every few seconds here, so a host that is
 * silent for three seconds is gone, waits are short, and a step has as many more tries as there are more faults.
 */
export const interceptors: WorkflowInterceptorsFactory = () => ({
  outbound: [
    {
      scheduleActivity: (input, next) => next({ ...input, options: scaled(input.options) }),
      scheduleLocalActivity: (input, next) => next({ ...input, options: patient(input.options) }),
      startTimer: (input, next) => next({ ...input, durationMs: Math.min(input.durationMs, LONGEST_WAIT_MS) }),
    },
  ],
});

const SILENCE = '3 seconds';
const LONGEST_WAIT_MS = 3_000;
const TRIES = 40;

function scaled(options: ActivityOptions): ActivityOptions {
  const { heartbeatTimeout, scheduleToStartTimeout, retry } = options;
  return {
    ...options,
    ...(heartbeatTimeout === undefined ? {} : { heartbeatTimeout: SILENCE }),
    ...(scheduleToStartTimeout === undefined ? {} : { scheduleToStartTimeout: SILENCE }),
    // A slice has one try: where a lost one goes on is what the rollout decides.
    retry: { ...retry, maximumInterval: LONGEST_WAIT_MS, ...moreTries(retry?.maximumAttempts) },
  };
}

function moreTries(maximumAttempts: number | undefined) {
  return maximumAttempts === undefined || maximumAttempts < 3 ? {} : { maximumAttempts: TRIES };
}

function patient(options: LocalActivityOptions): LocalActivityOptions {
  return { ...options, retry: { ...options.retry, maximumInterval: LONGEST_WAIT_MS } };
}
