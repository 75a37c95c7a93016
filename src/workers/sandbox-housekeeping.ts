import type { Client } from '@temporalio/client';

import { removeSpentSnapshots } from '../activities/rollout/spent-snapshots.ts';
import type { Services } from '../activities/services/services.ts';
import type { SandboxLabels, SandboxListing } from '../sandbox/sandbox.ts';
import { reapReason, startOrphanReaper } from '../sandbox/orphan-reaper.ts';
import { createWorkflowStandings } from './workflow-standings.ts';

/**
 * How often a host looks for sandboxes that nobody needs any more. The lease ends most of them within two minutes; this
 * is for those whose worker lives and whose episode does not (a terminated workflow runs no clean-up).
 */
const SWEEP_INTERVAL_MS = 120_000;

/**
 * Sweeps this deployment's sandboxes of the host, and snapshots that no rollout starts from, at once and then regularly,
 * as long as the workers run.
 */
export function startHousekeeping(
  { sandboxes, deployment, store }: Pick<Services, 'sandboxes' | 'deployment' | 'store'>,
  client: Client,
  onProblem: (problem: unknown) => void,
): { stop(): Promise<void> } {
  const { standingOf } = createWorkflowStandings(client);
  // A judgement of one command has no workflow: its sandboxes end with the command, or with their lease.
  const ownerLives = async ({ run, episode }: SandboxLabels) =>
    run === 'local' || (await standingOf(episode)) === 'running';
  return startOrphanReaper({
    sandboxes,
    deployment,
    ownerLives,
    intervalMs: SWEEP_INTERVAL_MS,
    sweepMore: () => removeSpentSnapshots(store),
    onProblem,
  });
}

/**
 * Destroys every sandbox of this deployment's runs on this host: for a stop after which nothing is to stay. A judgement
 * of one command that is under way keeps its own.
 */
export async function destroySandboxes({
  sandboxes,
  deployment,
}: Pick<Services, 'sandboxes' | 'deployment'>): Promise<readonly string[]> {
  const ours = (await sandboxes.list()).filter(
    ({ labels }) => labels.deployment === deployment && labels.run !== 'local',
  );
  await Promise.all(ours.map(({ id }) => sandboxes.destroy(id)));
  return ours.map(({ id }) => id);
}

/** A sandbox that nobody needs any more, and why. */
export interface Leftover {
  readonly listing: SandboxListing;
  readonly reason: 'expired' | 'dead' | 'orphaned';
}

/** What a sweep would destroy, when no worker of this deployment runs: then no owner is alive. */
export async function findLeftovers({
  sandboxes,
  deployment,
}: Pick<Services, 'sandboxes' | 'deployment'>): Promise<readonly Leftover[]> {
  const nowMs = Date.now();
  return (await sandboxes.list()).flatMap((listing) => {
    const reason = reapReason(listing, { deployment, ownerAlive: false, nowMs });
    return reason === undefined ? [] : [{ listing, reason }];
  });
}

/** For `selfplay gc`, which knows activities through the workers alone. */
export { removeSpentSnapshots };
