import { setTimeout as sleep } from 'node:timers/promises';

import { ActivityCancellationDetails } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { WorkerStoppedError } from '../../../src/domain/failure/errors.ts';
import { inActivity, type Progress } from '../../../src/activities/services/progress.ts';

/** Runs a step as an activity and writes its heartbeats down. */
function asActivity<Result>(
  step: (progress: Progress) => Promise<Result>,
  isUnderLoad = () => false,
  heartbeatTimeoutMs = 60_000,
) {
  const environment = new MockActivityEnvironment({ heartbeatTimeoutMs }, { logger: new DefaultLogger('ERROR') });
  const beats: unknown[] = [];
  environment.on('heartbeat', (details: unknown) => beats.push(details));
  const activity = (): Promise<Result> => inActivity(step, isUnderLoad);
  return { environment, beats, result: environment.run(activity) };
}

afterEach(() => {
  vi.useRealTimers();
});

describe('heartbeats', () => {
  it('say whether others have the processors of the host', async () => {
    vi.useFakeTimers();
    const load = [true, false];
    const step = async ({ say }: Progress) => {
      say('turn 1');
      await vi.advanceTimersByTimeAsync(5_000);
    };
    const { beats, result } = asActivity(step, () => load.shift() ?? false);
    await result;
    expect(beats).toEqual(['turn 1, 0 s, on a machine under load', 'turn 1, 5 s']);
  });

  it('say what a step is at: the first thing at once, and then what is newest every five seconds', async () => {
    vi.useFakeTimers();
    const { beats, result } = asActivity(async ({ say }) => {
      say('turn 17: waiting for the policy');
      await vi.advanceTimersByTimeAsync(2_000);
      say('turn 17: bash pytest -x');
      await vi.advanceTimersByTimeAsync(1_000);
      say('turn 18: waiting for the policy');
      await vi.advanceTimersByTimeAsync(2_000);
      return 'done';
    });
    expect(await result).toBe('done');
    expect(beats).toEqual(['turn 17: waiting for the policy, 0 s', 'turn 18: waiting for the policy, 2 s']);
  });

  it('go on by themselves while one command runs, and say since when', async () => {
    vi.useFakeTimers();
    const { beats, result } = asActivity(async ({ say }) => {
      say('turn 3: bash make');
      await vi.advanceTimersByTimeAsync(12_000);
    });
    await result;
    expect(beats).toEqual(['turn 3: bash make, 0 s', 'turn 3: bash make, 5 s', 'turn 3: bash make, 10 s']);
  });

  it('come three times within the heartbeat time-out of an activity, however short', async () => {
    vi.useFakeTimers();
    const step = async () => {
      await vi.advanceTimersByTimeAsync(2_999);
    };
    const { beats, result } = asActivity(step, () => false, 3_000);
    await result;
    expect(beats).toHaveLength(2);
  });

  it('stop with the step', async () => {
    vi.useFakeTimers();
    const { beats, result } = asActivity(() => Promise.resolve());
    await result;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(beats).toEqual([]);
  });

  it('stop with a step that fails', async () => {
    vi.useFakeTimers();
    const { beats, result } = asActivity(() => Promise.reject(new Error('broken')));
    await expect(result).rejects.toThrow('broken');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(beats).toEqual([]);
  });
});

describe('a cancellation', () => {
  it('by a worker that stops hands the step back, with what it was at', async () => {
    const { environment, result } = asActivity(async ({ signal, say }) => {
      say('turn 3: bash make');
      await sleep(60_000, undefined, { signal });
    });
    const stopped = { cancelRequested: false, paused: false, timedOut: false, reset: false, notFound: false };
    environment.cancel('WORKER_SHUTDOWN', new ActivityCancellationDetails({ ...stopped, workerShutdown: true }));
    await expect(result).rejects.toThrow(WorkerStoppedError);
    await expect(result).rejects.toThrow('this worker stopped while it was at: turn 3: bash make');
  });

  it('aborts the signal of the step', async () => {
    const { environment, result } = asActivity(async ({ signal }) => {
      await sleep(60_000, undefined, { signal });
    });
    environment.cancel('CANCELLED');
    await expect(result).rejects.toThrow(/abort/i);
  });
});
