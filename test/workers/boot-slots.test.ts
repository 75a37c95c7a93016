import { setImmediate as nextRound } from 'node:timers/promises';

import type { SlotReserveContext } from '@temporalio/worker';
import { describe, expect, it } from 'vitest';

import { SandboxUnavailableError } from '../../src/domain/failure/errors.ts';
import type { SandboxListing } from '../../src/sandbox/sandbox.ts';
import { createBootSlots } from '../../src/workers/boot-slots.ts';

/** What the SDK says of a reservation, of which nothing is asked. */
const CONTEXT: SlotReserveContext = JSON.parse('{}');

const labels = { deployment: 'test', run: 'run', episode: 'episode' };

function listing(id: string, changes: Partial<SandboxListing> = {}): SandboxListing {
  return { id, labels, alive: true, bootsUntilMs: 0, expiresAtMs: 0, ...changes };
}

/** A host whose sandboxes are a list, with what a worker does with its slots. */
function aHost({ capacity, atOnce = 10 }: { readonly capacity: number; readonly atOnce?: number }) {
  const standing: SandboxListing[] = [];
  const looks = { made: 0, at: () => Promise.resolve<readonly SandboxListing[]>(standing) };
  const list = () => {
    looks.made += 1;
    return looks.at();
  };
  const slots = createBootSlots({ list }, { capacity, atOnce, deployment: 'test' });
  const reserve = (signal = new AbortController().signal) => slots.reserveSlot(CONTEXT, signal);
  const release = (permit: object) => {
    slots.releaseSlot({ permit });
  };
  /** A boot from its slot to the sandbox that stands after it. */
  const boot = async (id: string) => {
    const permit = await reserve();
    standing.push(listing(id));
    release(permit);
  };
  return { standing, looks, slots, reserve, release, boot };
}

/** Whether a promise has settled once everything that can happen without a timer has happened. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  const note = () => void (settled = true);
  promise.then(note, note);
  for (let rounds = 0; rounds < 20; rounds += 1) await nextRound();
  return settled;
}

describe('slots for boots', () => {
  it('are given while the host has places, counting those that nobody has asked a boot for yet', async () => {
    const { reserve } = aHost({ capacity: 2 });
    await Promise.all([reserve(), reserve()]);
    expect(await isSettled(reserve())).toBe(false);
  });

  it('are not given while sandboxes stand in all places, and are once one has ended', async () => {
    const { boot, reserve, standing } = aHost({ capacity: 2 });
    await boot('one');
    await boot('two');
    const third = reserve();
    expect(await isSettled(third)).toBe(false);
    standing.pop();
    await third;
  });

  it('are given to who waits as soon as one is let go, without another look at the clock', async () => {
    const { reserve, release } = aHost({ capacity: 1 });
    const first = await reserve();
    const second = reserve();
    expect(await isSettled(second)).toBe(false);
    release(first);
    expect(await isSettled(second)).toBe(true);
  });

  it('are given in turn', async () => {
    const { reserve, release } = aHost({ capacity: 1 });
    const order: string[] = [];
    const first = await reserve();
    const waiting = ['second', 'third'].map(async (name) => {
      const permit = await reserve();
      order.push(name);
      release(permit);
    });
    release(first);
    await Promise.all(waiting);
    expect(order).toEqual(['second', 'third']);
  });

  it('are no more than boots end sooner for, however many places there are', async () => {
    const { reserve } = aHost({ capacity: 100, atOnce: 1 });
    await reserve();
    expect(await isSettled(reserve())).toBe(false);
  });

  it('are not taken by what is dead or by another deployment', async () => {
    const { standing, reserve } = aHost({ capacity: 1 });
    standing.push(listing('dead', { alive: false }));
    standing.push(listing('other', { labels: { ...labels, deployment: 'other' } }));
    await reserve();
  });

  it('are free again when a reservation is stopped while it waits, for the next in turn', async () => {
    const { reserve, release } = aHost({ capacity: 1 });
    const first = await reserve();
    const stop = new AbortController();
    const stopped = reserve(stop.signal);
    const third = reserve();
    stop.abort();
    await expect(stopped).rejects.toBe(stop.signal.reason);
    release(first);
    await third;
  });

  it('are not held by a reservation that is stopped while the backend is asked', async () => {
    const { looks, standing, reserve } = aHost({ capacity: 1 });
    let answer: (listings: readonly SandboxListing[]) => void = () => undefined;
    looks.at = () => new Promise((resolve) => (answer = resolve));
    const stop = new AbortController();
    const stopped = reserve(stop.signal);
    await expect.poll(() => looks.made).toBe(1);
    stop.abort();
    answer([]);
    await expect(stopped).rejects.toBe(stop.signal.reason);
    looks.at = () => Promise.resolve(standing);
    await reserve();
  });

  it('are not given while the backend does not answer: another host boots what this one cannot', async () => {
    const { looks, standing, reserve } = aHost({ capacity: 1 });
    looks.at = () => Promise.reject(new SandboxUnavailableError('the engine is down'));
    const waiting = reserve();
    expect(await isSettled(waiting)).toBe(false);
    looks.at = () => Promise.resolve(standing);
    await waiting;
  });

  it('cost one look at a time, however many pollers wait', async () => {
    const { boot, looks, reserve } = aHost({ capacity: 1 });
    await boot('one');
    const before = looks.made;
    const waiting = [reserve(), reserve(), reserve(), reserve()];
    expect(await Promise.all(waiting.map(isSettled))).toEqual([false, false, false, false]);
    expect(looks.made - before).toBe(1);
  });

  it('are never handed over with a task of a workflow', () => {
    const { slots } = aHost({ capacity: 1 });
    expect(slots.tryReserveSlot(CONTEXT)).toBeNull();
  });
});
