import { createHash } from 'node:crypto';

import { SandboxUnavailableError, SnapshotUnusableError } from '../../domain/failure/errors.ts';
import type { Sandbox, SandboxRequest } from '../../sandbox/sandbox.ts';
import type { Store } from '../../store/store.ts';
import type { Services } from '../services/services.ts';
import type { PreparedTree } from './prepare-tree.ts';
import type { RolloutSetting } from './rollout-setting.ts';

/** A solver's tree as an attempt found it. */
interface KeptTree {
  readonly snapshot: Uint8Array;
  readonly prepared: PreparedTree;
}

/** Of the bugs that are played at a time; a tree of 800 KB is usual, and a larger one than this is made each time. */
const REMEMBERED = 32;
const LARGEST_BYTES = 8 * 1024 * 1024;
const remembered = new WeakMap<Store, Map<string, KeptTree>>();

/**
 * Boots a solver's sandbox with its tree prepared, from the snapshot of the tree that an earlier attempt of the embedded
 * policy at the same bug was given; undefined where there is none yet, or for any other policy. The audit names whose.
 */
export async function bootPrepared(
  services: Services,
  request: SandboxRequest,
  setting: RolloutSetting,
): Promise<{ readonly sandbox: Sandbox; readonly prepared: PreparedTree } | undefined> {
  const kept = knownOf(services.store).get((await keyOf(services, setting)) ?? '');
  if (kept === undefined) return undefined;
  const { snapshot, prepared } = kept;
  try {
    return { sandbox: await services.sandboxes.create({ ...request, snapshot }), prepared };
  } catch (error) {
    // It is booted as any other is.
    if (error instanceof SnapshotUnusableError) return undefined;
    throw error;
  }
}

/** Keeps a tree that has just been prepared and that nobody has worked in. */
export async function keepPrepared(
  services: Services,
  sandbox: Sandbox,
  setting: RolloutSetting,
  { audit, hidden }: PreparedTree,
): Promise<void> {
  const key = await keyOf(services, setting);
  if (key === undefined) return;
  const snapshot = await snapshotOf(sandbox);
  if (snapshot === undefined || snapshot.byteLength > LARGEST_BYTES) return;
  const known = knownOf(services.store);
  known.set(key, { snapshot, prepared: { audit: `${audit}; as prepared for ${setting.rolloutId}`, hidden } });
  for (const [oldest] of known) if (known.size > REMEMBERED) known.delete(oldest);
}

/** Undefined of a tree that is too large for a snapshot. */
async function snapshotOf(sandbox: Sandbox): Promise<Uint8Array | undefined> {
  try {
    return await sandbox.snapshot();
  } catch (error) {
    if (error instanceof SandboxUnavailableError) return undefined;
    throw error;
  }
}

/** What the tree is made of: source, bug, limits. */
async function keyOf(
  { store, sandboxes }: Services,
  { task, policy, subject, sandbox }: RolloutSetting,
): Promise<string | undefined> {
  if (task.role !== 'solver' || policy.kind !== 'embedded') return undefined;
  const bug = await store.ledger.findArtifact(task.artifactId);
  if (bug === undefined) return undefined;
  const { fingerprint } = await sandboxes.identify(subject.source);
  const content = [fingerprint, subject.repoRoot, subject.agentUser, sandbox, bug.content.sha256];
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}

function knownOf(store: Store): Map<string, KeptTree> {
  const known = remembered.get(store) ?? new Map<string, KeptTree>();
  remembered.set(store, known);
  return known;
}
