import { existsSync } from 'node:fs';
import { join } from 'node:path';

import type { Store } from '../../store/store.ts';
import { findCaches, removeCache, type Cache } from '../../workers/local-caches.ts';
import type { Leftover } from '../../workers/sandbox-housekeeping.ts';
import { findLeftOverServer, stopLeftOverServer } from '../../workers/temporal-server.ts';
import type { CommandContext } from '../command/command-context.ts';
import { EXIT } from '../command/exit-codes.ts';
import { countOf, formatBytes } from '../text/format-values.ts';
import { readHomeLock } from '../command/home-holder.ts';
import { writeJson } from '../text/output.ts';

export interface GarbageOptions {
  readonly dryRun?: boolean;
  /** Also remove what sandboxes make again when they need it. */
  readonly caches?: boolean;
  readonly json?: boolean;
}

/** What `gc --json` writes. */
export interface GarbageDocument {
  readonly dryRun: boolean;
  readonly sandboxes: readonly { readonly id: string; readonly run: string; readonly reason: string }[];
  /** What somebody who died had begun to make for sandboxes; a dry run does not look for it. */
  readonly unfinished: readonly string[];
  /** The process of a Temporal server that its command left behind. */
  readonly server: number | null;
  /** Of rollouts that are over, or that have newer ones. */
  readonly snapshots: { readonly count: number; readonly bytes: number };
  /** What no living sandbox holds; removed only where that is asked for. */
  readonly caches: readonly FoundCache[];
}

interface FoundCache extends Cache {
  readonly removed: boolean;
}

/** Takes away what crashed commands left on this home. */
export async function collectGarbage(
  context: CommandContext,
  { dryRun = false, caches = false, json }: GarbageOptions,
): Promise<number> {
  // A home that is not there holds nothing, and is not made to find that out.
  const { home } = context.environment;
  const found = existsSync(home) ? await collect(context, dryRun) : NOTHING;
  const document: GarbageDocument = { dryRun, ...found, caches: await collectCaches(home, caches && !dryRun) };
  if (json === true) writeJson(context.output, document);
  else context.output.write(renderGarbage(document, caches));
  return EXIT.ok;
}

const NOTHING = { sandboxes: [], unfinished: [], server: null, snapshots: { count: 0, bytes: 0 } };

async function collect(
  { environment, backends, messages }: CommandContext,
  dryRun: boolean,
): Promise<Pick<GarbageDocument, keyof typeof NOTHING>> {
  const holder = readHomeLock(environment.home);
  if (holder !== undefined) messages.write(`selfplay ${holder.command} runs here and looks after its own sandboxes\n`);
  const opened = await backends.openServices({ environment });
  try {
    const { sandboxes, deployment, store } = opened.services;
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
      unfinished: dryRun ? [] : await sandboxes.tidy(),
      server: server ?? null,
      snapshots: dryRun ? await spentSnapshots(store) : await backends.removeSpentSnapshots(store),
    };
  } finally {
    await opened.close();
  }
}

async function spentSnapshots({ ledger }: Pick<Store, 'ledger'>): Promise<GarbageDocument['snapshots']> {
  const spent = (await ledger.listSpentSnapshots({})).filter(({ shared }) => !shared);
  return { count: spent.length, bytes: spent.reduce((sum, { snapshot }) => sum + snapshot.bytes, 0) };
}

/** Whoever holds the home owns what has not expired and is not dead; a judgement at work in another terminal belongs to no run. */
function isGarbage({ listing, reason }: Leftover, held: boolean): boolean {
  if (reason !== 'orphaned') return true;
  return !held && !(listing.alive && listing.labels.run === LOCAL_RUN);
}

/** What the sandboxes of `validate` and `grade` carry in place of a run (src/workers/local-services.ts). */
const LOCAL_RUN = 'local';

async function collectCaches(home: string, remove: boolean): Promise<readonly FoundCache[]> {
  const found: FoundCache[] = [];
  for (const cache of await findCaches(home)) found.push({ ...cache, removed: remove && (await removeCache(cache)) });
  return found;
}

function renderGarbage(
  { dryRun, sandboxes, unfinished, server, snapshots, caches }: GarbageDocument,
  cachesToo: boolean,
): string {
  const done = dryRun ? 'would remove' : 'removed';
  const shown = dryRun ? caches : caches.filter(({ removed }) => removed);
  const bytes = caches.reduce((sum, cache) => sum + cache.bytes, 0);
  return [
    ...sandboxes.map(({ id, reason }) => `${done} sandbox ${id}: ${reason}\n`),
    ...unfinished.map((name) => `${done} ${name}: nobody finishes it\n`),
    ...(server === null
      ? []
      : [`${dryRun ? 'would end' : 'ended'} a Temporal server that was left behind (process ${server})\n`]),
    ...(snapshots.count === 0
      ? []
      : [`${done} ${countOf(snapshots.count, 'snapshot')} that no rollout needs: ${formatBytes(snapshots.bytes)}\n`]),
    ...(cachesToo ? shown.map(({ kind, path, bytes }) => `${done} ${kind} ${path}: ${formatBytes(bytes)}\n`) : []),
    `${countOf(sandboxes.length, 'sandbox', 'sandboxes')} ${dryRun ? 'to remove' : 'removed'}\n`,
    cachesToo || caches.length === 0
      ? ''
      : `${countOf(caches.length, 'cache')} of ${formatBytes(bytes)} may go too: \`selfplay gc --caches\`\n`,
  ].join('');
}
