import { setTimeout as delay } from 'node:timers/promises';

import type { ActivitySlotInfo, CustomSlotSupplier } from '@temporalio/worker';
import pLimit from 'p-limit';

import { SandboxUnavailableError } from '../domain/failure/errors.ts';
import type { Sandboxes } from '../sandbox/sandbox.ts';
import { orAborted } from '../domain/failure/or-aborted.ts';

export interface BootBounds {
  /** Sandboxes on this host at once. */
  readonly capacity: number;
  /** Boots at once. */
  readonly atOnce: number;
  /** Whose sandboxes count. */
  readonly deployment: string;
}

/** A sandbox ends when its rollout does, seconds to minutes after its boot; a look costs the backend a few milliseconds. */
const LOOK_AGAIN_MS = 500;

/**
 * Slots for boots: a worker asks the server for one only once it has a slot, and gets a slot only while the host has a
 * free place for a sandbox. So a boot never waits on a host that is full while another has room.
 *
 * A slot is a place from before the boot is asked for until it has ended; after that the sandbox itself counts. What
 * stands is asked of the backend, because sandboxes outlive their worker and end by lease and reaper too. Those of
 * checks count, but wait for nothing: they have slots of their own. A backend that does not answer has no place.
 */
export function createBootSlots(
  sandboxes: Pick<Sandboxes, 'list'>,
  { capacity, atOnce, deployment }: BootBounds,
): CustomSlotSupplier<ActivitySlotInfo> {
  const held = new Set<object>();
  // However many pollers wait, one of them looks, and they come in turn.
  const inTurn = pLimit(1);
  let wake: () => void = () => undefined;

  const isPlaceFree = async (): Promise<boolean> => {
    if (held.size >= Math.min(atOnce, capacity)) return false;
    try {
      const standing = (await sandboxes.list()).filter(
        ({ alive, labels }) => alive && labels.deployment === deployment,
      );
      return standing.length + held.size < capacity;
    } catch (error) {
      if (error instanceof SandboxUnavailableError) return false;
      throw error;
    }
  };

  const waitForChange = async (signal: AbortSignal): Promise<void> => {
    const woken = new AbortController();
    wake = () => {
      woken.abort();
    };
    await delay(LOOK_AGAIN_MS, undefined, { signal: AbortSignal.any([signal, woken.signal]) }).catch(() => undefined);
  };

  const hold = async (signal: AbortSignal): Promise<object> => {
    for (;;) {
      signal.throwIfAborted();
      if (await isPlaceFree()) break;
      await waitForChange(signal);
    }
    // What was stopped while the backend was asked holds nothing.
    signal.throwIfAborted();
    const place = {};
    held.add(place);
    return place;
  };

  return {
    type: 'custom',
    reserveSlot: (_context, signal) =>
      orAborted(
        inTurn(() => hold(signal)),
        signal,
      ),
    // For what a workflow's task hands over at once, which needs the workflow's own queue.
    tryReserveSlot: () => null,
    markSlotUsed: () => undefined,
    releaseSlot: ({ permit }) => {
      held.delete(permit);
      wake();
    },
  };
}
