import { setTimeout as delay } from 'node:timers/promises';

import pLimit from 'p-limit';

import type { Sandboxes } from '../../sandbox/sandbox.ts';
import type { Progress } from './progress.ts';

/**
 * Bounds the sandboxes that one host holds for rollouts (docs/specification.md#durability: a slice never waits for
 * load, so a boot does).
 */
export interface Places {
  /** Creates a sandbox under `id` once fewer than the host's capacity stand; ends with the signal's reason when stopped. */
  take<Result>(id: string, create: () => Promise<Result>, progress: Progress): Promise<Result>;
}

/** A place gets free when a rollout ends, seconds to minutes later; a look costs the backend a few milliseconds. */
const LOOK_AGAIN_MS = 500;

/**
 * What stands is asked of the backend each time: sandboxes outlive their worker, and end by lease and reaper too.
 * Sandboxes of checks count, but wait for nothing: the host's test runs have a bound of their own.
 */
export function createPlaces(
  sandboxes: Pick<Sandboxes, 'list'>,
  { capacity, deployment }: { readonly capacity: number; readonly deployment: string },
): Places {
  // Being booted, so perhaps not listed yet.
  const booting = new Set<string>();
  const inTurn = pLimit(1);

  const reserve = (id: string): Promise<boolean> =>
    inTurn(async () => {
      const listed = await sandboxes.list();
      const ours = listed.filter(({ alive, labels }) => alive && labels.deployment === deployment);
      const standing = new Set(ours.map((listing) => listing.id));
      for (const other of booting) standing.add(other);
      standing.delete(id);
      if (standing.size >= capacity) return false;
      booting.add(id);
      return true;
    });

  return {
    take: async (id, create, { signal, say }) => {
      for (let told = false; !(await reserve(id)); told = true) {
        if (!told) say(`waiting for one of ${capacity} places for sandboxes on this host`);
        await delay(LOOK_AGAIN_MS, undefined, { signal });
      }
      try {
        return await create();
      } finally {
        await inTurn(() => Promise.resolve(booting.delete(id)));
      }
    },
  };
}
