import { setTimeout as sleep } from 'node:timers/promises';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { closeRollout } from '../../../src/activities/rollout/rollout-record.ts';
import { createRolloutActivities } from '../../../src/activities/rollout/rollout-activities.ts';
import { removeSpentSnapshots } from '../../../src/activities/rollout/spent-snapshots.ts';
import type { Services } from '../../../src/activities/services/services.ts';
import { SandboxUnavailableError, StoreUnavailableError } from '../../../src/domain/failure/errors.ts';
import type { BlobRef } from '../../../src/domain/record/blob-ref.ts';
import type { Sandbox } from '../../../src/sandbox/sandbox.ts';
import { plainly } from '../../support/fake-services.ts';
import { aRolloutUnderWay, bash, create, finished, letTimePass, writeArtifact } from './slice-fixture.ts';

const AT = '2026-01-02T03:04:05.678Z';

beforeEach(letTimePass);

afterEach(() => void vi.useRealTimers());

/** Every command takes long enough for a snapshot to be due after it. */
const EACH_COMMAND = { snapshot_seconds: 0.02 };
const slow = async () => {
  await sleep(30);
  return { exitCode: 0 };
};

/** A rollout whose every turn is saved, played for so many turns, with the contents of its store's snapshots. */
async function savedAfterEach(turns: number) {
  const injector = Array.from({ length: turns }, (_, turn) => [
    create(`/repo/note-${turn}`, `note ${turn}`),
    bash(`step ${turn}`),
  ]).flat();
  const rollout = await aRolloutUnderWay({
    script: { injector },
    handler: slow,
    config: { rollout: { ...EACH_COMMAND, turns: injector.length } },
  });
  const put: BlobRef[] = [];
  const { store } = rollout.services;
  const blobs = {
    ...store.blobs,
    put: async (content: Uint8Array) => {
      const ref = await store.blobs.put(content);
      if (isSnapshot(content)) put.push(ref);
      return ref;
    },
  };
  const services: Services = { ...rollout.services, store: { ...store, blobs } };
  await rollout.play({ services });
  const snapshots = async () => (await rollout.journal()).map(({ row }) => row.snapshot);
  const isThere = (ref: BlobRef) =>
    store.blobs.get(ref).then(
      () => true,
      () => false,
    );
  const stored = async () => (await Promise.all(put.map(isThere))).filter(Boolean).length;
  return { ...rollout, services, snapshots, stored };
}

const isSnapshot = (content: Uint8Array) => Buffer.from(content).toString().startsWith('[["');

async function noteIn(services: Services, sandboxId: string, turn: number): Promise<boolean> {
  return (await (await services.sandboxes.attach(sandboxId)).read(`/repo/note-${turn}`, { maxBytes: 100 })).found;
}

describe('a snapshot', () => {
  it('is taken when enough command time is unsaved, and counts from there again', async () => {
    const injector = [bash('step 0'), create('/tmp/note', 'a note'), bash('step 1'), ...writeArtifact, finished];
    const { play, journal } = await aRolloutUnderWay({
      script: { injector },
      handler: slow,
      config: { rollout: { ...EACH_COMMAND, turns: 3 } },
    });
    await play();
    expect((await journal()).map(({ row }) => row.snapshot !== null)).toEqual([true, false, true]);
  });

  it('is not taken while little is unsaved', async () => {
    const { play, journal } = await aRolloutUnderWay({ script: { injector: [bash('step 0'), finished] } });
    await play().catch(() => undefined);
    expect((await journal()).every(({ row }) => row.snapshot === null)).toBe(true);
  });

  it('is what the next incarnation boots from', async () => {
    const { services, setting } = await savedAfterEach(1);
    const { bootSandbox } = createRolloutActivities(services, plainly, 'host');
    const lease = await bootSandbox({ ...setting, incarnation: 1 });
    expect(lease).toMatchObject({ hostQueue: 'host', playedThrough: 1 });
    expect(await noteIn(services, lease.sandboxId, 0)).toBe(true);
  });

  it('is looked for no more often than a look may cost, while nothing has changed', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { services, play } = await aRolloutUnderWay({
      script: { injector: Array.from({ length: 6 }, (_, turn) => bash(`step ${turn}`)) },
      handler: () => {
        vi.setSystemTime(Date.now() + 2_000);
        return { exitCode: 0 };
      },
      config: { rollout: { slice_seconds: 1_000, snapshot_seconds: 1_000, turns: 6 } },
    });
    const looks: string[] = [];
    const watched = (sandbox: Sandbox): Sandbox => ({
      ...sandbox,
      treeChanged: () => {
        looks.push(sandbox.id);
        return sandbox.treeChanged();
      },
    });
    const attach = async (id: string) => watched(await services.sandboxes.attach(id));
    await play({ services: { ...services, sandboxes: { ...services.sandboxes, attach } } });
    expect(looks).toHaveLength(3);
  });

  it('that cannot be taken costs nothing but itself', async () => {
    const { services, play, journal } = await aRolloutUnderWay({
      script: { injector: [bash('step 0'), bash('step 1')] },
      handler: slow,
      config: { rollout: { ...EACH_COMMAND, turns: 2 } },
    });
    const tooLarge = (sandbox: Sandbox): Sandbox => ({
      ...sandbox,
      snapshot: () => Promise.reject(new SandboxUnavailableError('the sandbox holds too much for a snapshot')),
    });
    const sandboxes = {
      ...services.sandboxes,
      attach: async (id: string) => tooLarge(await services.sandboxes.attach(id)),
    };
    expect(await play({ services: { ...services, sandboxes } })).toMatchObject({ outcome: 'turn-limit' });
    expect((await journal()).map(({ row }) => row.snapshot)).toEqual([null, null]);
  });
});

describe('a snapshot of a tree that has changed', () => {
  it('is taken after the turn, and none after a turn that changed nothing there', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const replies = [create('/repo/a', 'a'), bash('step 1'), create('/tmp/note', 'a'), create('/repo/b', 'b')];
    const { play, journal } = await aRolloutUnderWay({
      script: {
        injector: ({ turn }) => {
          vi.setSystemTime(Date.now() + 10_000);
          return replies[turn] ?? finished;
        },
      },
      config: { rollout: { turns: 4, slice_seconds: 1000 } },
    });
    await play();
    expect((await journal()).map(({ row }) => row.snapshot !== null)).toEqual([false, true, false, true]);
  });
});

describe('a snapshot that is lost', () => {
  it('is passed over for the one before', async () => {
    const { services, setting, snapshots } = await savedAfterEach(2);
    const [, first, , second] = await snapshots();
    await services.store.blobs.remove(second ?? first ?? { sha256: '', bytes: 0 });
    const { bootSandbox } = createRolloutActivities(services, plainly, 'host');
    const lease = await bootSandbox({ ...setting, incarnation: 1 });
    expect(lease.playedThrough).toBe(1);
    expect([await noteIn(services, lease.sandboxId, 0), await noteIn(services, lease.sandboxId, 1)]).toEqual([
      true,
      false,
    ]);
  });

  it('is passed over for the source where it was the only one', async () => {
    const { services, setting, snapshots } = await savedAfterEach(1);
    for (const snapshot of await snapshots()) if (snapshot !== null) await services.store.blobs.remove(snapshot);
    const { bootSandbox } = createRolloutActivities(services, plainly, 'host');
    const lease = await bootSandbox({ ...setting, incarnation: 1 });
    expect(lease.playedThrough).toBe(-1);
    expect(await noteIn(services, lease.sandboxId, 0)).toBe(false);
  });

  it('is passed over, too, when it is damaged', async () => {
    const { services, setting, journal } = await savedAfterEach(2);
    const { ledger, blobs } = services.store;
    const snapshot = await blobs.put(Buffer.from('no snapshot'));
    const epoch = await ledger.claimRollout(setting.rolloutId, 'sandbox');
    const turn = (await journal()).length - 1;
    await ledger.recordSnapshot({ rolloutId: setting.rolloutId, turn, epoch, snapshot, savedAt: AT });
    const { bootSandbox } = createRolloutActivities(services, plainly, 'host');
    expect((await bootSandbox({ ...setting, incarnation: 1 })).playedThrough).toBe(1);
  });

  it('leaves the rollout to be played on to its end', async () => {
    const { services, setting, play, snapshots, journal } = await savedAfterEach(2);
    for (const snapshot of await snapshots()) if (snapshot !== null) await services.store.blobs.remove(snapshot);
    const { bootSandbox } = createRolloutActivities(services, plainly, 'host');
    const lease = await bootSandbox({ ...setting, incarnation: 1 });
    const before = await journal();
    expect(await play({ services, lease })).toMatchObject({ status: 'ended', outcome: 'turn-limit' });
    expect(await noteIn(services, lease.sandboxId, 1)).toBe(true);
    expect((await journal()).map(({ observation }) => observation)).toEqual(
      before.map(({ observation }) => observation),
    );
  });
});

describe('the snapshots of a store', () => {
  it('are at most two of a rollout, however many it has taken', async () => {
    const { snapshots, stored, journal } = await savedAfterEach(5);
    expect((await snapshots()).filter((snapshot) => snapshot !== null)).toHaveLength(2);
    expect(await stored()).toBe(2);
    expect((await journal()).filter(({ row }) => row.savedAt !== null)).toHaveLength(5);
  });

  it('are none of a rollout that has ended', async () => {
    const { services, setting, snapshots, stored } = await savedAfterEach(3);
    await closeRollout(services, {
      rolloutId: setting.rolloutId,
      outcome: 'turn-limit',
      submission: null,
      problem: null,
    });
    expect(await stored()).toBe(0);
    expect((await snapshots()).every((snapshot) => snapshot === null)).toBe(true);
  });

  it('are left for later when the store removes nothing now', async () => {
    const { services, setting, stored } = await savedAfterEach(3);
    const { store } = services;
    const refusing = { ...store.blobs, remove: () => Promise.reject(new StoreUnavailableError('403')) };
    const { rolloutId } = setting;
    await closeRollout(
      { store: { ...store, blobs: refusing } },
      { rolloutId, outcome: 'turn-limit', submission: null, problem: null },
    );
    expect(await stored()).toBe(2);
    expect(await removeSpentSnapshots(store)).toMatchObject({ count: 2 });
    expect(await stored()).toBe(0);
    expect(await removeSpentSnapshots(store)).toEqual({ count: 0, bytes: 0 });
  });

  it('stay while a rollout that goes on has the same', async () => {
    const { services, setting, snapshots, stored } = await savedAfterEach(1);
    const { ledger } = services.store;
    const [, snapshot] = await snapshots();
    const other = 'run/episode-0/other';
    const startedAt = AT;
    const { rolloutId, owner } = setting;
    await ledger.openRollout({ rolloutId: other, episodeId: owner.episodeId, role: 'solver', attempt: 0, startedAt });
    const epoch = await ledger.claimRollout(other, 'sandbox');
    const [turn] = await ledger.readTurns(rolloutId);
    if (turn === undefined || snapshot == null) throw new Error('nothing was saved');
    await ledger.recordReply({ ...turn, rolloutId: other, epoch });
    await ledger.recordSnapshot({ rolloutId: other, turn: 0, epoch, snapshot, savedAt: AT });
    await closeRollout(services, { rolloutId, outcome: 'turn-limit', submission: null, problem: null });
    expect(await stored()).toBe(1);
    await closeRollout(services, { rolloutId: other, outcome: 'cancelled', submission: null, problem: null });
    expect(await stored()).toBe(0);
  });
});
