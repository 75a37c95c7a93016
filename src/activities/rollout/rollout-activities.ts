import type { BlobRef } from '../../domain/record/blob-ref.ts';
import { BlobMissingError, SnapshotUnusableError } from '../../domain/failure/errors.ts';
import type { TurnRow } from '../../domain/record/ledger-rows.ts';
import type { Sandbox, SandboxRequest } from '../../sandbox/sandbox.ts';
import { hideAgain, prepareTree } from './prepare-tree.ts';
import { bootPrepared, keepPrepared } from './prepared-trees.ts';
import { playSlice } from './play-slice.ts';
import { stepUnderWay, type Progress, type Running } from '../services/progress.ts';
import type { BootInput, FromHost, SandboxLease, SliceActivity, SliceEnd, SliceInput } from './rollout-setting.ts';
import { sandboxRequest } from '../services/sandbox-request.ts';
import type { Services } from '../services/services.ts';

/**
 * The steps of one rollout. `discoverTests`, `injectBug` and `solveBug` are one step under the names of the phases that
 * a person knows: each plays turns until the slice's time is over, and ends with the turn it is in.
 */
export function createRolloutActivities(services: Services, running: Running, hostQueue: string) {
  const slice =
    (activity: SliceActivity) =>
    (input: SliceInput): Promise<FromHost<SliceEnd>> =>
      running((progress) => sayingLoad(playSlice(services, input, activity, progress)));
  return {
    bootSandbox: (input: BootInput): Promise<FromHost<SandboxLease>> =>
      running((progress) => sayingLoad(bootSandbox(services, { ...input, hostQueue }, progress))),
    discoverTests: slice('discoverTests'),
    injectBug: slice('injectBug'),
    solveBug: slice('solveBug'),
    destroySandbox: ({ sandboxId }: { readonly sandboxId: string }): Promise<void> =>
      running(() => services.sandboxes.destroy(sandboxId)),
  };
}

export type RolloutActivities = ReturnType<typeof createRolloutActivities>;

async function sayingLoad<Result extends object>(step: Promise<Result>): Promise<FromHost<Result>> {
  const result = await step;
  return stepUnderWay()?.isUnderLoad() === true ? { ...result, underLoad: true } : result;
}

/**
 * The back-stop behind lease and reaper. The rollout's own limit counts command time alone, and an endpoint that is down
 * is waited for, so a sandbox may stand for a night.
 */
const LIFETIME_SECONDS = 24 * 3600;

/** Boots a rollout's sandbox under a name made from the rollout, from the last snapshot that can be used. */
async function bootSandbox(
  services: Services,
  input: BootInput & { readonly hostQueue: string },
  progress: Progress,
): Promise<SandboxLease> {
  const { rolloutId, owner, subject, hostQueue } = input;
  const request = sandboxRequest(services, {
    work: incarnationOf(input),
    owner,
    subject,
    config: input.sandbox,
    lifetimeSeconds: LIFETIME_SECONDS,
  });
  const { ledger } = services.store;
  const turns = await ledger.readTurns(rolloutId);
  // What a failed try of this step left behind is not known to be whole.
  await services.sandboxes.destroy(request.id);
  // Of before a reset, or of an incarnation that was given up; where it is on another host, its slice destroys it.
  const before = (await ledger.findRollout(rolloutId))?.sandbox ?? null;
  if (before !== null) await services.sandboxes.destroy(before);
  const ready = turns.length === 0 ? await bootPrepared(services, request, input) : undefined;
  const { sandbox, playedThrough } = ready
    ? { ...ready, playedThrough: NOTHING_PLAYED }
    : await bootFromLast(services, request, turns, progress);
  try {
    if (ready !== undefined) {
      const { audit, hidden } = ready.prepared;
      if (hidden.length > 0) await sandbox.hide(hidden);
      await services.store.ledger.recordAudit(rolloutId, audit);
    } else if (playedThrough === NOTHING_PLAYED) {
      const prepared = await prepareTree(services, sandbox, input, progress);
      if (prepared !== undefined) {
        await services.store.ledger.recordAudit(rolloutId, prepared.audit);
        await keepPrepared(services, sandbox, input, prepared);
      }
    } else {
      await hideAgain(services, sandbox, input, progress);
    }
    // From here on a change is the agent's.
    await sandbox.markTree();
  } catch (error) {
    await services.sandboxes.destroy(request.id);
    throw error;
  }
  return { sandboxId: request.id, hostQueue, playedThrough };
}

/**
 * What a retry finds its own sandbox by, and nobody else. Were it the same after a reset, what runs again there would be
 * taken for what ran the first time.
 */
function incarnationOf({ rolloutId, incarnation, execution = '' }: BootInput): string {
  return `${rolloutId} ${execution} ${incarnation}`;
}

const NOTHING_PLAYED = -1;

interface BootedSandbox {
  readonly sandbox: Sandbox;
  /** The turn that its snapshot was taken after. */
  readonly playedThrough: number;
}

/**
 * From the newest snapshot; from the one before where that is lost or damaged; from the source where there is none. What
 * was played since is played again, so a snapshot that is gone costs time and nothing else.
 */
async function bootFromLast(
  services: Services,
  request: SandboxRequest,
  turns: readonly TurnRow[],
  { say }: Progress,
): Promise<BootedSandbox> {
  for (const { turn, snapshot } of turns.toReversed()) {
    if (snapshot === null) continue;
    say(`booting a sandbox from the snapshot of turn ${turn}`);
    const sandbox = await bootFromSnapshot(services, request, snapshot);
    if (sandbox !== undefined) return { sandbox, playedThrough: turn };
  }
  say('booting a sandbox from the source');
  return { sandbox: await services.sandboxes.create(request), playedThrough: NOTHING_PLAYED };
}

/** Undefined when nothing can be started from it. */
async function bootFromSnapshot(
  { store, sandboxes }: Services,
  request: SandboxRequest,
  snapshot: BlobRef,
): Promise<Sandbox | undefined> {
  try {
    return await sandboxes.create({ ...request, snapshot: await store.blobs.get(snapshot) });
  } catch (error) {
    if (error instanceof BlobMissingError || error instanceof SnapshotUnusableError) return undefined;
    throw error;
  }
}
