import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { createPatientStore } from '../../../src/activities/services/patient-store.ts';
import { withHeartbeats, type Progress } from '../../../src/activities/services/progress.ts';
import { LedgerConflictError, StoreUnavailableError } from '../../../src/domain/failure/errors.ts';
import { createInMemoryStore } from '../../../src/store/in-memory-store.ts';
import type { Store } from '../../../src/store/store.ts';

const RUN = { runId: 'run', config: '{}', seed: 1, startedAt: '2026-01-02T03:04:05.678Z' };

/** A store that fails its first calls; undefined is a call that it answers. */
async function storeFailing(failures: () => Error | undefined): Promise<{ store: Store; calls: () => number }> {
  const memory = await createInMemoryStore();
  let calls = 0;
  const openRun: Store['ledger']['openRun'] = (run) => {
    calls += 1;
    const failure = failures();
    return failure === undefined ? memory.ledger.openRun(run) : Promise.reject(failure);
  };
  return { store: { ...memory, ledger: { ...memory.ledger, openRun } }, calls: () => calls };
}

/** Runs a step as an activity, and writes down what its heartbeats say. */
function inActivity<Result>(step: (progress: Progress) => Promise<Result>) {
  const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
  const beats: unknown[] = [];
  environment.on('heartbeat', (details: unknown) => beats.push(details));
  const activity = (): Promise<Result> => withHeartbeats(new AbortController().signal)(step);
  const result = environment.run(activity);
  // Nobody listens yet when it fails while time is made to pass.
  result.catch(() => undefined);
  return { environment, beats, result };
}

beforeEach(() => {
  // The store in memory takes turns of the real event loop.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'] });
});

afterEach(() => {
  vi.useRealTimers();
});

const MINUTE_MS = 60_000;
const away = () => new StoreUnavailableError('connection refused');

describe('a store that is away', () => {
  it('is asked again until it is there, and the step says what it waits for and then what it is at', async () => {
    let isAway = true;
    const { store, calls } = await storeFailing(() => (isAway ? away() : undefined));
    const { beats, result } = inActivity(async ({ say }) => {
      say('turn 3: waiting for the policy');
      await createPatientStore(store).ledger.openRun(RUN);
      await new Promise((resolve) => setTimeout(resolve, MINUTE_MS));
      return store.ledger.findRun('run');
    });
    await vi.advanceTimersByTimeAsync(5 * MINUTE_MS);
    expect(beats.at(-1)).toMatch(/^waiting for the store: connection refused, \d+ s$/);
    isAway = false;
    await vi.advanceTimersByTimeAsync(2 * MINUTE_MS);
    expect(await result).toMatchObject({ runId: 'run' });
    expect(beats.at(-1)).toMatch(/^turn 3: waiting for the policy, \d\d s/);
    // Six times a minute is often enough.
    expect(calls()).toBeLessThan(6 * 6 + 10);
  });

  it('is given up for the workflow to wait for when it stays away', async () => {
    const { store } = await storeFailing(away);
    const { result } = inActivity(() => createPatientStore(store).ledger.openRun(RUN));
    await vi.advanceTimersByTimeAsync(15 * MINUTE_MS);
    await expect(result).rejects.toThrow(StoreUnavailableError);
  });

  it('is left when the step is cancelled', async () => {
    const { store, calls } = await storeFailing(away);
    const { environment, result } = inActivity(() => createPatientStore(store).ledger.openRun(RUN));
    await vi.advanceTimersByTimeAsync(MINUTE_MS);
    environment.cancel('CANCELLED');
    await expect(result).rejects.toMatchObject({ name: 'CancelledFailure' });
    const before = calls();
    await vi.advanceTimersByTimeAsync(MINUTE_MS);
    expect(calls()).toBe(before);
  });
});

describe('any other error of the store', () => {
  it('goes on at once', async () => {
    const { store, calls } = await storeFailing(() => new LedgerConflictError('another run'));
    await expect(createPatientStore(store).ledger.openRun(RUN)).rejects.toThrow(LedgerConflictError);
    expect(calls()).toBe(1);
  });
});

describe('a store that is there', () => {
  it('answers as it is', async () => {
    const memory = await createInMemoryStore();
    const { blobs, ledger } = createPatientStore(memory);
    const ref = await blobs.put(Buffer.from('text'));
    expect(Buffer.from(await blobs.get(ref)).toString()).toBe('text');
    await ledger.openRun(RUN);
    expect(await ledger.listRunIds()).toHaveLength(1);
  });
});
