import { join } from 'node:path';

import type { Services } from '../activities/services.ts';
import type { SandboxListing } from '../sandbox/sandbox.ts';
import type { CommandContext } from './command-context.ts';
import { EXIT } from './exit-codes.ts';
import { countOf } from './format-values.ts';
import { readHomeLock } from './home-lock.ts';
import { endLeftOverServer, findLeftOverServer } from './left-over-server.ts';
import { writeJson } from './output.ts';

export interface GarbageOptions {
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** What `gc --json` writes. */
export interface GarbageDocument {
  readonly dryRun: boolean;
  readonly sandboxes: readonly { readonly id: string; readonly run: string; readonly reason: string }[];
  /** Sandboxes that somebody may still use. */
  readonly kept: number;
  /** The process of a Temporal server that its command left behind. */
  readonly server: number | null;
}

/** Takes away what crashed commands left on this home. */
export async function collectGarbage(
  context: CommandContext,
  { dryRun = false, json }: GarbageOptions,
): Promise<number> {
  const { environment, backends, output } = context;
  const opened = await backends.openServices({ environment });
  const { services } = opened;
  try {
    const listed = (await services.sandboxes.list()).filter(({ labels }) => labels.deployment === services.deployment);
    const garbage = await findGarbage(services, listed, Date.now());
    const home = join(environment.home, 'temporal');
    const server = readHomeLock(environment.home) === undefined ? findLeftOverServer(home) : undefined;
    if (!dryRun) {
      for (const { id } of garbage) await services.sandboxes.destroy(id);
      if (server !== undefined) endLeftOverServer(server);
    }
    const kept = listed.length - garbage.length;
    const document: GarbageDocument = { dryRun, sandboxes: garbage, kept, server: server ?? null };
    if (json === true) writeJson(output, document);
    else output.write(renderGarbage(document));
  } finally {
    await opened.close();
  }
  return EXIT.ok;
}

/** Dead ones, ones past their end, and ones of runs that have ended: nobody comes back to any of them. */
async function findGarbage(
  { store: { ledger } }: Pick<Services, 'store'>,
  listed: readonly SandboxListing[],
  now: number,
): Promise<GarbageDocument['sandboxes']> {
  const garbage: { id: string; run: string; reason: string }[] = [];
  for (const listing of listed) {
    const run = await ledger.findRun(listing.labels.run);
    const reason = garbageReason(listing, run?.outcome ?? null, now);
    if (reason !== undefined) garbage.push({ id: listing.id, run: listing.labels.run, reason });
  }
  return garbage;
}

export function garbageReason(
  { alive, expiresAtMs }: Pick<SandboxListing, 'alive' | 'expiresAtMs'>,
  runOutcome: string | null,
  now: number,
): string | undefined {
  if (!alive) return 'its supervisor is gone';
  if (expiresAtMs < now) return 'it has outlived its lifetime';
  return runOutcome === null ? undefined : `its run is ${runOutcome}`;
}

export function renderGarbage({ dryRun, sandboxes, kept, server }: GarbageDocument): string {
  const done = dryRun ? 'would remove' : 'removed';
  return [
    ...sandboxes.map(({ id, reason }) => `${done} sandbox ${id}: ${reason}\n`),
    ...(server === null
      ? []
      : [`${dryRun ? 'would end' : 'ended'} a Temporal server that was left behind (process ${server})\n`]),
    `${countOf(sandboxes.length, 'sandbox', 'sandboxes')} ${dryRun ? 'to remove' : 'removed'}, ${kept} kept\n`,
  ].join('');
}
