import type { SandboxLabels, Sandboxes, SandboxListing } from './sandbox.ts';

/** Tells whether the episode that a sandbox was made for may still need it. */
export type OwnerLives = (labels: SandboxLabels) => Promise<boolean>;

export interface OrphanReaper {
  /** Destroys what nobody needs any more; returns the ids of what it destroyed. */
  sweep(): Promise<readonly string[]>;
  /** Ends the loop, after the sweep that is under way. */
  stop(): Promise<void>;
}

export interface ReaperOptions {
  readonly sandboxes: Sandboxes;
  readonly deployment: string;
  readonly ownerLives: OwnerLives;
  readonly intervalMs: number;
  readonly now?: () => number;
  /** What else is looked after in each sweep. */
  readonly sweepMore?: () => Promise<unknown>;
  /** Told about what could not be found out or destroyed; the next sweep tries again. */
  readonly onProblem: (problem: unknown) => void;
}

/**
 * Why a sandbox is to be destroyed; undefined when it is to be kept.
 *
 * A sandbox of another deployment is never ours to judge, expired or not. A dead one of a living owner is left to the
 * owner as long as somebody may be booting it; after that nobody can use it.
 */
export function reapReason(
  listing: SandboxListing,
  facts: { readonly deployment: string; readonly ownerAlive: boolean; readonly nowMs: number },
): 'expired' | 'dead' | 'orphaned' | undefined {
  if (listing.labels.deployment !== facts.deployment) return undefined;
  if (facts.nowMs > listing.expiresAtMs) return 'expired';
  if (!listing.alive && facts.nowMs > listing.bootsUntilMs) return 'dead';
  return facts.ownerAlive ? undefined : 'orphaned';
}

/** Sweeps at once and then at every interval, until it is stopped. */
export function startOrphanReaper(options: ReaperOptions): OrphanReaper {
  let current: Promise<unknown> = Promise.resolve();
  const sweep = (): Promise<readonly string[]> => {
    const next = current.then(() => sweepOnce(options));
    current = next.catch(options.onProblem);
    return next;
  };
  const sweepInBackground = (): void => void sweep().catch(() => undefined); // `onProblem` has been told.
  sweepInBackground();
  const timer = setInterval(sweepInBackground, options.intervalMs);
  timer.unref();
  return {
    sweep,
    async stop() {
      clearInterval(timer);
      await current;
    },
  };
}

async function sweepOnce(options: ReaperOptions): Promise<readonly string[]> {
  const { sandboxes, deployment, onProblem, now = Date.now } = options;
  const destroyed: string[] = [];
  for (const further of [() => sandboxes.tidy(), options.sweepMore ?? (() => Promise.resolve())]) {
    await further().catch(onProblem);
  }
  // Listed before owners are asked for: a sandbox that is made in between is not in the list.
  for (const listing of await sandboxes.list()) {
    if (listing.labels.deployment !== deployment) continue;
    try {
      const nowMs = now();
      const isOver = reapReason(listing, { deployment, ownerAlive: true, nowMs }) !== undefined;
      const ownerAlive = !isOver && (await options.ownerLives(listing.labels));
      if (reapReason(listing, { deployment, ownerAlive, nowMs }) === undefined) continue;
      await sandboxes.destroy(listing.id);
      destroyed.push(listing.id);
    } catch (error) {
      onProblem(error);
    }
  }
  return destroyed;
}
