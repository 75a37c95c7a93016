import pLimit, { type LimitFunction } from 'p-limit';
import { describe, expect, it, vi } from 'vitest';

import { repeatingTimeOut } from '../../../src/activities/test-run/time-out-repeated.ts';
import { SandboxUnavailableError } from '../../../src/domain/failure/errors.ts';
import type { Timeliness } from '../../../src/domain/report/timeliness.ts';
import { aloneAmong } from '../../../src/workers/alone-among.ts';

/** A host on which the tries of one run end as they are told to; afterwards says how many there were. */
function aHost(endings: readonly Timeliness[], boundMs = 60_000) {
  const testRuns = pLimit(2);
  const services = { testRuns, aloneAmongTestRuns: aloneAmong(testRuns), loadPatience: { firstWaitMs: 1, boundMs } };
  const stop = new AbortController();
  const tries: { readonly beside: number }[] = [];
  const run = () => {
    tries.push({ beside: testRuns.activeCount });
    return Promise.resolve(endings[Math.min(tries.length, endings.length) - 1] ?? 'in-time');
  };
  const judged = () => repeatingTimeOut(services, run, { timelinessOf: (ending) => ending, signal: stop.signal });
  return { judged, tries, stop, testRuns, services };
}

describe('a run that does not end in time', () => {
  it('is not repeated when it does', async () => {
    const { judged, tries } = aHost(['in-time']);
    expect(await judged()).toBe('in-time');
    expect(tries).toHaveLength(1);
  });

  it('is repeated once alone, and counts when it had the machine', async () => {
    const { judged, tries } = aHost(['overdue', 'overdue']);
    expect(await judged()).toBe('overdue');
    expect(tries.map(({ beside }) => beside)).toEqual([1, 2]);
  });

  it('is repeated until the load is over when others had the machine', async () => {
    const { judged, tries } = aHost(['starved', 'starved', 'starved', 'in-time']);
    expect(await judged()).toBe('in-time');
    expect(tries).toHaveLength(4);
  });

  it('is repeated until it is known to be its own doing', async () => {
    const { judged, tries } = aHost(['overdue', 'starved', 'overdue']);
    expect(await judged()).toBe('overdue');
    expect(tries).toHaveLength(3);
  });

  it('is nobody’s fault but the machine’s when the load does not end', async () => {
    const { judged, testRuns } = aHost(['starved'], 20);
    await expect(judged()).rejects.toThrow(SandboxUnavailableError);
    expect(testRuns.activeCount).toBe(0);
  });

  it('holds no place while it waits', async () => {
    const { judged, testRuns, stop } = aHost(['starved']);
    const judging = judged();
    await expect(testRuns(() => Promise.resolve('another run'))).resolves.toBe('another run');
    stop.abort(new Error('the episode was cancelled'));
    await expect(judging).rejects.toThrow();
  });
});

describe('a run that waits for others when it is cancelled', () => {
  const nothing = () => Promise.resolve();

  /** Holds one place until it is told to let it go. */
  function hold(testRuns: LimitFunction): () => Promise<void> {
    let end: () => void = () => undefined;
    const holding = testRuns(() => new Promise<void>((resolve) => (end = resolve)));
    return async () => {
      end();
      await holding;
    };
  }

  it('does not wait for a place any longer, and needs none when it comes', async () => {
    const { judged, testRuns, stop, tries } = aHost(['in-time']);
    const letGo = [hold(testRuns), hold(testRuns)];
    const judging = judged();
    stop.abort(new Error('the episode was cancelled'));
    await expect(judging).rejects.toThrow('the episode was cancelled');
    for (const end of letGo) await end();
    await Promise.all([testRuns(nothing), testRuns(nothing)]);
    expect(tries).toEqual([]);
  });

  it('gives back the places that it has taken to be alone', async () => {
    const { judged, testRuns, stop, tries } = aHost(['overdue']);
    const letGo = hold(testRuns);
    const judging = judged();
    await vi.waitFor(() => {
      expect([tries.length, testRuns.activeCount, testRuns.pendingCount]).toEqual([1, 2, 1]);
    });
    stop.abort(new Error('the episode was cancelled'));
    await expect(judging).rejects.toThrow('the episode was cancelled');
    await testRuns(nothing);
    await letGo();
    await Promise.all([testRuns(nothing), testRuns(nothing)]);
    expect(tries).toHaveLength(1);
  });

  it('takes no places when its turn to be alone comes', async () => {
    const { judged, testRuns, stop, tries } = aHost(['overdue']);
    const letGo = hold(testRuns);
    const both = [judged(), judged()];
    await vi.waitFor(() => {
      expect([tries.length, testRuns.pendingCount]).toEqual([2, 1]);
    });
    stop.abort(new Error('the episode was cancelled'));
    for (const judging of both) await expect(judging).rejects.toThrow('the episode was cancelled');
    await testRuns(nothing);
    await letGo();
    expect(tries).toHaveLength(2);
  });

  it('is waited for once it has begun', async () => {
    const { services, stop } = aHost([]);
    let end: (how: string) => void = () => undefined;
    const run = () => new Promise<string>((resolve) => (end = resolve));
    let isOver = false;
    const judging = repeatingTimeOut(services, run, {
      timelinessOf: () => 'in-time',
      signal: stop.signal,
    }).finally(() => (isOver = true));
    await vi.waitFor(() => {
      expect(services.testRuns.activeCount).toBe(1);
    });
    stop.abort(new Error('the episode was cancelled'));
    await new Promise(setImmediate);
    expect(isOver).toBe(false);
    end('its sandbox is gone');
    expect(await judging).toBe('its sandbox is gone');
  });
});
