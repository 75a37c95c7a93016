import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  RetryState,
  TimeoutFailure,
  TimeoutType,
} from '@temporalio/common';
import { describe, expect, it } from 'vitest';

import { UNDER_LOAD } from '../../src/domain/failure/loaded-host.ts';
import { waitingForAbsent } from '../../src/workflows/waiting-for-absent.ts';

function failureOf(type: string): ActivityFailure {
  const cause = ApplicationFailure.create({ type, message: 'connection refused' });
  return new ActivityFailure('activity failed', 'grade', '1', RetryState.NON_RETRYABLE_FAILURE, 'host', cause);
}

function timeOutOf(type: TimeoutType, lastHeard: string): ActivityFailure {
  const cause = new TimeoutFailure('timed out', lastHeard, type);
  return new ActivityFailure('activity failed', 'grade', '1', RetryState.MAXIMUM_ATTEMPTS_REACHED, 'host', cause);
}

const away = failureOf('StoreUnavailableError');

/** Activities that fail as often as each is told to, and what is said and slept meanwhile. */
function anEpisode({ sleep = () => Promise.resolve() }: { readonly sleep?: (ms: number) => Promise<void> } = {}) {
  const marks: ('store' | 'machine' | null)[] = [];
  const slept: number[] = [];
  const left = new Map<string, Error[]>();
  const grade = (attempt: string) => {
    const error = left.get(attempt)?.shift();
    return error === undefined ? Promise.resolve(`graded ${attempt}`) : Promise.reject(error);
  };
  const checks = waitingForAbsent(
    { grade },
    {
      mark: (waitingFor) => void marks.push(waitingFor),
      sleep: (ms) => {
        slept.push(ms);
        return sleep(ms);
      },
    },
  );
  return { checks, marks, slept, fail: (attempt: string, ...errors: Error[]) => left.set(attempt, errors) };
}

describe('a step of a workflow whose store is away', () => {
  it('is taken again until the store is there, which shows meanwhile', async () => {
    const { checks, marks, slept, fail } = anEpisode();
    fail('a', away, away, away);
    expect(await checks.grade('a')).toBe('graded a');
    expect(slept).toEqual([2_000, 4_000, 8_000]);
    expect(marks).toEqual(['store', null]);
  });

  it('says nothing where the store is there', async () => {
    const { checks, marks } = anEpisode();
    expect(await checks.grade('a')).toBe('graded a');
    expect(marks).toEqual([]);
  });

  it('shows for as long as one of several waits', async () => {
    const wakes: (() => void)[] = [];
    const { checks, marks, fail } = anEpisode({ sleep: () => new Promise((wake) => wakes.push(wake)) });
    fail('a', away);
    fail('b', away);
    const [first, second] = [checks.grade('a'), checks.grade('b')];
    await expect.poll(() => wakes.length).toBe(2);
    wakes[0]?.();
    await first;
    expect(marks).toEqual(['store']);
    wakes[1]?.();
    await second;
    expect(marks).toEqual(['store', null]);
  });

  it.each([
    ['another error', failureOf('SandboxUnavailableError')],
    ['a cancellation', new CancelledFailure('by a person')],
  ])('shows nothing any more when %s ends it', async (_, error) => {
    const { checks, marks, fail } = anEpisode();
    fail('a', away, error);
    await expect(checks.grade('a')).rejects.toBe(error);
    expect(marks).toEqual(['store', null]);
  });

  it('shows nothing any more when it is cancelled while it waits', async () => {
    const cancelled = new CancelledFailure('by a person');
    const { checks, marks, fail } = anEpisode({ sleep: () => Promise.reject(cancelled) });
    fail('a', away);
    await expect(checks.grade('a')).rejects.toBe(cancelled);
    expect(marks).toEqual(['store', null]);
  });

  it('is given up after a day, and shows nothing any more', async () => {
    const { checks, marks, slept, fail } = anEpisode();
    fail('a', ...Array.from({ length: 1_000 }, () => away));
    await expect(checks.grade('a')).rejects.toBe(away);
    const hours = slept.reduce((sum, ms) => sum + ms, 0) / 3_600_000;
    expect(hours).toBeGreaterThanOrEqual(24);
    expect(hours).toBeLessThan(24.1);
    expect(marks).toEqual(['store', null]);
  });
});

describe('a check that a worker hands back because it stops', () => {
  const handedBack = failureOf('WorkerStoppedError');

  it('is taken again at once, as nothing that failed', async () => {
    const { checks, marks, slept, fail } = anEpisode();
    fail('a', ...Array.from({ length: 5 }, () => handedBack));
    expect(await checks.grade('a')).toBe('graded a');
    expect([slept, marks]).toEqual([[], []]);
  });

  it('is given up when workers do nothing but stop', async () => {
    const { checks, fail } = anEpisode();
    fail('a', ...Array.from({ length: 100 }, () => handedBack));
    await expect(checks.grade('a')).rejects.toBe(handedBack);
  });
});

describe('a check whose host is not heard of', () => {
  const loaded = timeOutOf(TimeoutType.HEARTBEAT, `running the tests, 5 s${UNDER_LOAD}`);

  it('is taken again after a wait when load was the last that the host told of, which shows meanwhile', async () => {
    const { checks, marks, slept, fail } = anEpisode();
    fail('a', loaded, loaded);
    expect(await checks.grade('a')).toBe('graded a');
    expect(slept).toEqual([2_000, 4_000]);
    expect(marks).toEqual(['machine', null]);
  });

  it('is given up when the load does not end', async () => {
    const { checks, marks, slept, fail } = anEpisode();
    fail('a', ...Array.from({ length: 20 }, () => loaded));
    await expect(checks.grade('a')).rejects.toBe(loaded);
    expect(slept).toHaveLength(8);
    expect(marks).toEqual(['machine', null]);
  });

  it('waits for the store as long as ever when that is away too', async () => {
    const { checks, marks, slept, fail } = anEpisode();
    fail('a', loaded, loaded, away, away, loaded);
    expect(await checks.grade('a')).toBe('graded a');
    expect(slept).toEqual([2_000, 4_000, 2_000, 4_000, 2_000]);
    expect(marks).toEqual(['machine', null, 'store', null, 'machine', null]);
  });

  it.each([
    ['no load was told of', timeOutOf(TimeoutType.HEARTBEAT, 'running the tests, 5 s')],
    ['it had all of its time', timeOutOf(TimeoutType.START_TO_CLOSE, `running the tests, 5 s${UNDER_LOAD}`)],
  ])('is not taken again when %s', async (_, error) => {
    const { checks, marks, fail } = anEpisode();
    fail('a', error);
    await expect(checks.grade('a')).rejects.toBe(error);
    expect(marks).toEqual([]);
  });
});
