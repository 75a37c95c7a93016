import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createInMemorySandboxes } from '../../src/sandbox/in-memory/in-memory-sandboxes.ts';
import { reapReason, startOrphanReaper } from '../../src/sandbox/orphan-reaper.ts';
import type { SandboxLabels, Sandboxes } from '../../src/sandbox/sandbox.ts';
import { aSandbox, eventually } from './contract-host.ts';

const tools = { source: { kind: 'tools' } } as const;
const ours = { deployment: 'ours', run: 'one', episode: 'one' };

describe('reapReason', () => {
  it.each([
    ['a living owner’s', { deployment: 'ours', ownerAlive: true, nowMs: 999 }, undefined],
    ['a dead owner’s', { deployment: 'ours', ownerAlive: false, nowMs: 999 }, 'orphaned'],
    ['one past its end', { deployment: 'ours', ownerAlive: true, nowMs: 1001 }, 'expired'],
    ['another deployment’s', { deployment: 'theirs', ownerAlive: false, nowMs: 1001 }, undefined],
  ])('judges %s', (_, facts, reason) => {
    for (const alive of [true, false]) {
      const listing = { id: 'a', labels: ours, alive, bootsUntilMs: 1000, expiresAtMs: 1000 };
      expect(reapReason(listing, facts)).toBe(reason);
    }
  });
});

describe('a sandbox that is not alive', () => {
  it.each([
    ['is left to its owner while it may be booting', { alive: false, nowMs: 999 }, undefined],
    ['is nobody’s after that', { alive: false, nowMs: 1001 }, 'dead'],
    ['is no such thing when it lives', { alive: true, nowMs: 1001 }, undefined],
  ])('%s', (_, { alive, nowMs }, reason) => {
    const listing = { id: 'a', labels: ours, alive, bootsUntilMs: 1000, expiresAtMs: 5000 };
    expect(reapReason(listing, { deployment: 'ours', ownerAlive: true, nowMs })).toBe(reason);
    expect(reapReason(listing, { deployment: 'theirs', ownerAlive: true, nowMs })).toBeUndefined();
  });
});

describe('startOrphanReaper', () => {
  async function aHost(labels: Readonly<Record<string, Partial<SandboxLabels>>>): Promise<Sandboxes> {
    const sandboxes = createInMemorySandboxes();
    for (const [id, changes] of Object.entries(labels)) {
      await sandboxes.create(aSandbox(tools, { id, labels: { ...ours, ...changes } }));
    }
    return sandboxes;
  }
  const ids = async (sandboxes: Sandboxes): Promise<readonly string[]> => (await sandboxes.list()).map(({ id }) => id);
  const rest = { deployment: 'ours', intervalMs: 3_600_000, onProblem: () => undefined };

  it('destroys what has no living owner, and only of its own deployment', async () => {
    const sandboxes = await aHost({ kept: {}, orphan: { episode: 'gone' }, foreign: { deployment: 'theirs' } });
    const ownerLives = ({ episode }: SandboxLabels) => Promise.resolve(episode === 'one');
    const reaper = startOrphanReaper({ ...rest, sandboxes, ownerLives });
    await reaper.sweep();
    await reaper.stop();
    expect(await ids(sandboxes)).toEqual(['kept', 'foreign']);
  });

  it('keeps everything that is not expired while owners cannot be asked, and says so', async () => {
    const sandboxes = await aHost({ kept: {} });
    const problems: unknown[] = [];
    const ownerLives = () => Promise.reject(new Error('the server is down'));
    const reaper = startOrphanReaper({
      ...rest,
      sandboxes,
      ownerLives,
      onProblem: (problem) => problems.push(problem),
    });
    expect(await reaper.sweep()).toEqual([]);
    await reaper.stop();
    expect(await ids(sandboxes)).toEqual(['kept']);
    expect(String(problems[0])).toContain('the server is down');
  });

  it('goes on with the others when one cannot be destroyed', async () => {
    const host = await aHost({ stuck: {}, orphan: {} });
    const sandboxes = {
      ...host,
      destroy: (id: string) => (id === 'stuck' ? Promise.reject(new Error('busy')) : host.destroy(id)),
    };
    const reaper = startOrphanReaper({ ...rest, sandboxes, ownerLives: () => Promise.resolve(false) });
    await reaper.stop();
    expect(await ids(host)).toEqual(['stuck']);
  });

  it('tidies up in each sweep, and goes on when that fails', async () => {
    const host = await aHost({ orphan: {} });
    const problems: unknown[] = [];
    const swept: string[] = [];
    const sandboxes = { ...host, tidy: () => Promise.reject(new Error('the disk is broken')) };
    const sweepMore = () => Promise.resolve(swept.push('more'));
    const onProblem = (problem: unknown) => problems.push(problem);
    const ownerLives = () => Promise.resolve(false);
    const reaper = startOrphanReaper({ ...rest, sandboxes, ownerLives, sweepMore, onProblem });
    await reaper.stop();
    expect(problems.map(String)).toEqual(['Error: the disk is broken']);
    expect(swept).toEqual(['more']);
    expect(await ids(host)).toEqual([]);
  });

  it('sweeps again and again until it is stopped', async () => {
    const sandboxes = await aHost({});
    const reaper = startOrphanReaper({ ...rest, intervalMs: 5, sandboxes, ownerLives: () => Promise.resolve(false) });
    await sandboxes.create(aSandbox(tools, { id: 'late', labels: ours }));
    await eventually(async () => (await ids(sandboxes)).length === 0);
    await reaper.stop();
    await sandboxes.create(aSandbox(tools, { id: 'after', labels: ours }));
    await sleep(50);
    expect(await ids(sandboxes)).toEqual(['after']);
  });
});
