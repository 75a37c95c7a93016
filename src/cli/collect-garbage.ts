import { existsSync } from 'node:fs';
import { join } from 'node:path';

import type { Leftover } from '../workers/sandbox-housekeeping.ts';
import { findLeftOverServer, stopLeftOverServer } from '../workers/temporal-server.ts';
import type { CommandContext } from './command-context.ts';
import { EXIT } from './exit-codes.ts';
import { countOf } from './format-values.ts';
import { readHomeLock } from './home-lock.ts';
import { writeJson } from './output.ts';

export interface GarbageOptions {
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** What `gc --json` writes. */
export interface GarbageDocument {
  readonly dryRun: boolean;
  readonly sandboxes: readonly { readonly id: string; readonly run: string; readonly reason: string }[];
  /** The process of a Temporal server that its command left behind. */
  readonly server: number | null;
}

/** Takes away what crashed commands left on this home. */
export async function collectGarbage(
  context: CommandContext,
  { dryRun = false, json }: GarbageOptions,
): Promise<number> {
  // A home that is not there holds nothing, and is not made to find that out.
  const found = existsSync(context.environment.home) ? await collect(context, dryRun) : { sandboxes: [], server: null };
  const document: GarbageDocument = { dryRun, ...found };
  if (json === true) writeJson(context.output, document);
  else context.output.write(renderGarbage(document));
  return EXIT.ok;
}

async function collect(
  { environment, backends, messages }: CommandContext,
  dryRun: boolean,
): Promise<Omit<GarbageDocument, 'dryRun'>> {
  const holder = readHomeLock(environment.home);
  if (holder !== undefined) messages.write(`selfplay ${holder.command} runs here and looks after its own sandboxes\n`);
  const opened = await backends.openServices({ environment });
  try {
    const { sandboxes, deployment } = opened.services;
    const leftovers = await backends.findLeftovers({ sandboxes, deployment });
    const garbage = leftovers.filter((leftover) => isGarbage(leftover, holder !== undefined));
    const serverHome = join(environment.home, 'temporal');
    const server = holder === undefined ? findLeftOverServer(serverHome) : undefined;
    if (!dryRun) {
      for (const { listing } of garbage) await sandboxes.destroy(listing.id);
      if (server !== undefined) await stopLeftOverServer(serverHome);
    }
    return {
      sandboxes: garbage.map(({ listing: { id, labels }, reason }) => ({ id, run: labels.run, reason })),
      server: server ?? null,
    };
  } finally {
    await opened.close();
  }
}

/** Whoever holds the home owns what has not expired; a judgement at work in another terminal belongs to no run. */
function isGarbage({ listing, reason }: Leftover, held: boolean): boolean {
  if (reason === 'expired') return true;
  return !held && !(listing.alive && listing.labels.run === LOCAL_RUN);
}

/** What the sandboxes of `validate` and `grade` carry in place of a run (src/workers/local-services.ts). */
const LOCAL_RUN = 'local';

function renderGarbage({ dryRun, sandboxes, server }: GarbageDocument): string {
  const done = dryRun ? 'would remove' : 'removed';
  return [
    ...sandboxes.map(({ id, reason }) => `${done} sandbox ${id}: ${reason}\n`),
    ...(server === null
      ? []
      : [`${dryRun ? 'would end' : 'ended'} a Temporal server that was left behind (process ${server})\n`]),
    `${countOf(sandboxes.length, 'sandbox', 'sandboxes')} ${dryRun ? 'to remove' : 'removed'}\n`,
  ].join('');
}
