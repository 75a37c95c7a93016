import { CancelledFailure } from '@temporalio/common';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { PolicyRequestRejectedError } from '../../src/domain/failure/errors.ts';
import { renderToolCall } from '../../src/domain/protocol/call-text.ts';
import { createScriptedPolicy, type ScriptedMoment } from '../../src/policy/scripted-policy.ts';
import { pauseTrainingSignal } from '../../src/workflows/messages.ts';
import { createArtifactFixture, type ArtifactFixture } from '../support/artifact-fixture.ts';
import { createGate, tinyPlayers } from '../support/scripted-players.ts';
import { startDeployment, startTinyRun, type TestDeployment } from '../support/test-server.ts';

/** For what a loaded machine may be slow at. */
const PATIENTLY = { timeout: 240_000, interval: 250 };

const ATTEMPTS = 4;
const sleepForEver = renderToolCall({ tool: 'bash', command: 'sleep 10000' });
const refused = new PolicyRequestRejectedError('401: no such key');

let fixture: ArtifactFixture;
let deployment: TestDeployment;
/** Solvers that wait, in a model call or in a command, by the name of their policy. */
const waiting = new Map<string, Set<number>>();
const gates = { refusal: createGate(), paused: createGate() };

/** Every second solver hangs in a model call, the others in a command. */
function hangingSolver(policy: string) {
  const seeds = new Set<number>();
  waiting.set(policy, seeds);
  return ({ request: { seed }, turn }: ScriptedMoment) => {
    seeds.add(seed);
    if ([...seeds].indexOf(seed) % 2 === 0 && turn === 0) return sleepForEver;
    return new Promise<undefined>(() => undefined);
  };
}

beforeAll(async () => {
  fixture = createArtifactFixture();
  const { injector = [] } = tinyPlayers(fixture);
  const besideRefused = hangingSolver('one-is-refused');
  deployment = await startDeployment({
    'hangs-in-solve': createScriptedPolicy({ injector, solver: hangingSolver('hangs-in-solve') }),
    'one-is-refused': createScriptedPolicy({
      injector,
      solver: async (moment) => {
        const reply = besideRefused(moment);
        if (waiting.get('one-is-refused')?.size !== ATTEMPTS) return reply;
        await gates.refusal.pass();
        return refused;
      },
    }),
    'is-refused-later': createScriptedPolicy({
      injector: async () => {
        await gates.paused.pass();
        return refused;
      },
    }),
    'hangs-once': createScriptedPolicy({
      injector: ({ request: { seed } }) => {
        const seeds = waiting.get('hangs-once') ?? new Set();
        waiting.set('hangs-once', seeds.add(seed));
        return [...seeds][0] === seed ? new Promise<undefined>(() => undefined) : 'I give up.';
      },
    }),
  });
});

afterAll(async () => {
  await deployment.dispose();
  fixture[Symbol.dispose]();
});

function start(workflowId: string, policy: string, changes: Readonly<Record<string, unknown>> = {}) {
  return startTinyRun(deployment, fixture, { workflowId, policy, attempts: ATTEMPTS, ...changes });
}

const sandboxIds = async () => (await deployment.services().sandboxes.list()).map(({ id }) => id);
const statusOf = async (workflowId: string) =>
  (await deployment.client.workflow.getHandle(workflowId).describe()).status.name;
const solversOf = (run: string) =>
  Array.from({ length: ATTEMPTS }, (_, attempt) => `${run}/episode-0/solver-${attempt}`);
const solversInFlight = (policy: string) => async () =>
  waiting.get(policy)?.size === ATTEMPTS ? (await sandboxIds()).length : 0;

describe('a run that is cancelled while its bug is being solved', () => {
  it('ends when every attempt has let its sandbox go, and the ledger says what was known', async () => {
    const handle = await start('solving', 'hangs-in-solve');
    await expect.poll(solversInFlight('hangs-in-solve'), PATIENTLY).toBe(ATTEMPTS);
    await handle.cancel();
    await expect(handle.result()).rejects.toMatchObject({ cause: expect.any(CancelledFailure) });
    expect(await sandboxIds()).toEqual([]);
    for (const solver of solversOf('solving')) expect([solver, await statusOf(solver)]).toEqual([solver, 'CANCELLED']);
    const { ledger } = deployment.services().store;
    expect(await ledger.findRun('solving')).toMatchObject({ outcome: 'cancelled' });
    expect(await ledger.findEpisode('solving/episode-0')).toMatchObject({
      outcome: 'cancelled',
      verdict: 'consistent',
      artifactId: 'solving/episode-0/bug',
    });
    const rollouts = await ledger.listRollouts('solving/episode-0');
    expect(rollouts.map(({ outcome }) => outcome)).toEqual([
      'submitted',
      ...solversOf('solving').map(() => 'cancelled'),
    ]);
  });
});

describe('an attempt that fails for good', () => {
  it('ends the others, and its error goes on when they have let their sandboxes go', async () => {
    const handle = await start('refused', 'one-is-refused');
    await gates.refusal.reached;
    await expect.poll(solversInFlight('one-is-refused'), PATIENTLY).toBe(ATTEMPTS);
    gates.refusal.open();
    await expect(handle.result()).rejects.toMatchObject({ cause: { message: '401: no such key' } });
    expect(await sandboxIds()).toEqual([]);
    const statuses = await Promise.all(solversOf('refused').map(statusOf));
    expect(statuses.toSorted()).toEqual(['CANCELLED', 'CANCELLED', 'CANCELLED', 'FAILED']);
    const { ledger } = deployment.services().store;
    expect(await ledger.findEpisode('refused/episode-0')).toMatchObject({ outcome: 'lost', verdict: 'consistent' });
    const outcomes = (await ledger.listRollouts('refused/episode-0')).map(({ outcome }) => outcome);
    expect(outcomes.toSorted()).toEqual(['cancelled', 'cancelled', 'cancelled', 'lost', 'submitted']);
  });
});

describe('a run that is terminated', () => {
  it('runs no code of its own, and its episodes are cancelled by the housekeeping of the workers', async () => {
    waiting.get('hangs-in-solve')?.clear();
    const handle = await start('terminated', 'hangs-in-solve');
    await expect.poll(solversInFlight('hangs-in-solve'), PATIENTLY).toBe(ATTEMPTS);
    await handle.terminate('by a person');
    // It looks at once when workers start.
    await deployment.restartWorkers();
    await expect.poll(sandboxIds, PATIENTLY).toEqual([]);
    await expect.poll(() => statusOf('terminated/episode-0'), PATIENTLY).toBe('CANCELLED');
    const { ledger } = deployment.services().store;
    expect(await ledger.findEpisode('terminated/episode-0')).toMatchObject({ outcome: 'cancelled' });
  });
});

describe('a run that is paused', () => {
  it('fails at once with what every episode would meet', async () => {
    const handle = await start('paused', 'is-refused-later', { injection_group_size: 4, episode_window: 1 });
    await gates.paused.reached;
    await handle.signal(pauseTrainingSignal);
    gates.paused.open();
    await expect(handle.result()).rejects.toMatchObject({ cause: { type: 'InvalidConfig', message: refused.message } });
    expect(await deployment.services().store.ledger.findRun('paused')).toMatchObject({ outcome: 'failed' });
  });
});

describe('an episode that is cancelled alone', () => {
  it('yields nothing, and its run goes on without it', async () => {
    const oneTurn = { rollout: { turns: 1 }, injection_group_size: 2, episode_window: 1 };
    const handle = await start('skipping', 'hangs-once', oneTurn);
    await expect.poll(() => waiting.get('hangs-once')?.size, PATIENTLY).toBe(1);
    await deployment.client.workflow.getHandle('skipping/episode-0').cancel();
    expect(await handle.result()).toMatchObject({ episodes: { started: 2, finished: 2, lost: 1 } });
    const { ledger } = deployment.services().store;
    expect(await ledger.findEpisode('skipping/episode-0')).toMatchObject({ outcome: 'cancelled' });
    expect(await ledger.findEpisode('skipping/episode-1')).toMatchObject({ outcome: 'rewarded' });
  });
});
