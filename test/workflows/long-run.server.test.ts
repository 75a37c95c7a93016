import { defaultPayloadConverter } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { SandboxUnavailableError, StoreUnavailableError } from '../../src/domain/failure/errors.ts';
import { createScriptedPolicy } from '../../src/policy/scripted-policy.ts';
import type { Store } from '../../src/store/store.ts';
import { createArtifactFixture, type ArtifactFixture } from '../support/artifact-fixture.ts';
import { countingReplies, tinyPlayers } from '../support/scripted-players.ts';
import { startDeployment, startTinyRun, type TestDeployment } from '../support/test-server.ts';

/** A rollout of the tiny project has about sixty events, so it needs two histories or three. */
const EVENTS_IN_ONE_HISTORY = 40;
/** Bookkeeping is tried after 1 s, 2 s, 4 s and so on: the try after these comes 63 s after the first. */
const TRIES_OF_A_MINUTE = 6;

let fixture: ArtifactFixture;
let deployment: TestDeployment;
let players: ReturnType<typeof countingReplies>;

/** Calls of the ledger for a run that fail, and with what they do so, one call after the other. */
const failing: { readonly run: string; readonly method: keyof Store['ledger']; readonly errors: Error[] }[] = [];

function fail(run: string, method: keyof Store['ledger'], times: number, error: Error): void {
  failing.push({ run, method, errors: timesOver(times, error) });
}

/** Runs that wait for longer than a minute, beside everything else. */
const late = new Map<string, Promise<unknown>>();

const timesOver = (times: number, error: Error) => Array.from({ length: times }, () => error);

/** What a step fails with when it has waited for the store as long as it does: Temporal tells errors by their class's name. */
const GivenUp = class StoreUnavailableError extends Error {};

function failingWhereTold(store: Store): Store {
  const ledger = new Proxy(store.ledger, {
    get: (target, name): unknown => {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== 'function') return method;
      return (...input: readonly unknown[]): unknown => {
        const meant = ({ run, method }: (typeof failing)[number]) =>
          method === name && JSON.stringify(input).includes(`"${run}`);
        const error = failing.find((one) => one.errors.length > 0 && meant(one))?.errors.shift();
        return error === undefined ? Reflect.apply(method, target, input) : Promise.reject(error);
      };
    },
  });
  return { ...store, ledger };
}

beforeAll(async () => {
  fixture = createArtifactFixture();
  players = countingReplies(tinyPlayers(fixture));
  deployment = await startDeployment(
    {
      tiny: players.policy,
      'gives-up': createScriptedPolicy({ injector: ['I give up.'] }),
    },
    {
      dynamicConfig: { 'limit.historyCount.suggestContinueAsNew': EVENTS_IN_ONE_HISTORY },
      storeOf: failingWhereTold,
    },
  );
  for (const method of ['openInjectionGroup', 'sumUsage'] as const) {
    fail(method, method, TRIES_OF_A_MINUTE, new StoreUnavailableError('connection refused'));
    const played = play(method, { ...onlyInjection('gives-up'), budget: { tokens: 1_000_000 } });
    late.set(
      method,
      played.catch((error: unknown) => error),
    );
  }
});

afterAll(async () => {
  await deployment.dispose();
  fixture[Symbol.dispose]();
});

async function play(workflowId: string, changes: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
  return (await start(workflowId, changes)).result();
}

function start(workflowId: string, changes: Readonly<Record<string, unknown>>) {
  // So short that every slice is over after the turn it is in.
  const short = { attempts: 2, higher_order: { enabled: false }, rollout: { slice_seconds: 0.0001 } };
  return startTinyRun(deployment, fixture, { workflowId, policy: 'tiny', ...short, ...changes });
}

/** Episodes that end without a bug, after the one reply of this policy. */
function onlyInjection(policy: string) {
  return { policy, rollout: { turns: 1 } };
}

/** The histories that a workflow went through: how each ended, and the incarnations that were booted in it. */
async function historiesOf(workflowId: string) {
  const histories: { status: string; incarnations: readonly number[] }[] = [];
  for await (const { runId, status } of deployment.client.workflow.list({ query: `WorkflowId = "${workflowId}"` })) {
    const { events } = await deployment.client.workflow.getHandle(workflowId, runId).fetchHistory();
    const scheduled = (events ?? []).map((event) => event.activityTaskScheduledEventAttributes);
    const boots = scheduled.filter((attributes) => attributes?.activityType?.name === 'bootSandbox');
    const inputs = boots.map((boot) => defaultPayloadConverter.fromPayload<Boot>(boot?.input?.payloads?.[0] ?? {}));
    histories.push({ status: status.name, incarnations: inputs.map(({ incarnation }) => incarnation) });
  }
  return histories;
}

interface Boot {
  readonly incarnation: number;
}

async function expectNothingLost(run: string): Promise<void> {
  const { ledger } = deployment.services().store;
  const episodeId = `${run}/episode-0`;
  expect(await ledger.findEpisode(episodeId)).toMatchObject({ outcome: 'rewarded', verdict: 'consistent' });
  const rollouts = await ledger.listRollouts(episodeId);
  expect(rollouts.map(({ rolloutId, outcome }) => [rolloutId, outcome])).toEqual([
    [`${episodeId}/injector`, 'submitted'],
    [`${episodeId}/solver-0`, 'submitted'],
    [`${episodeId}/solver-1`, 'submitted'],
  ]);
  for (const { rolloutId } of rollouts) {
    const booted = (await historiesOf(rolloutId)).flatMap(({ incarnations }) => incarnations);
    expect(new Set(booted)).toEqual(new Set([0]));
  }
  expect(await ledger.countLostReplies(run)).toBe(0);
  expect(await deployment.services().sandboxes.list()).toEqual([]);
}

describe('a rollout whose history grows long', () => {
  it('goes on in a new one: same sandbox, same journal, nothing paid for twice', async () => {
    expect(await play('long')).toMatchObject({ episodes: { finished: 1, consistent: 1, lost: 0 } });
    const ends = async () => (await historiesOf('long/episode-0/injector')).map(({ status }) => status).toSorted();
    await expect.poll(ends, { timeout: 240_000, interval: 500 }).toContain('CONTINUED_AS_NEW');
    expect((await ends()).filter((status) => status !== 'CONTINUED_AS_NEW')).toEqual(['COMPLETED']);
    await expectNothingLost('long');
    expect(new Set(players.replies.values())).toEqual(new Set([1]));
  });
});

describe('a store that is away', () => {
  it('is waited for in the step: a reply that is paid for is journaled when it is back', async () => {
    players.replies.clear();
    const error = new StoreUnavailableError('connection refused');
    fail('patient', 'recordReply', 3, error);
    fail('patient', 'recordPhase', 2, error);
    fail('patient', 'settleInjectionGroup', 2, error);
    fail('patient', 'closeRun', 2, error);
    expect(await play('patient')).toMatchObject({ episodes: { lost: 0 }, injectionGroups: { settled: 1 } });
    await expectNothingLost('patient');
    expect(new Set(players.replies.values())).toEqual(new Set([1]));
    expect(await deployment.services().store.ledger.findRun('patient')).toMatchObject({ outcome: 'completed' });
  });

  it('is waited for by the workflow when it stays away, with the sandbox kept', async () => {
    const error = new GivenUp('connection refused');
    // More often than a host is asked and than a check is tried.
    fail('waiting', 'recordObservation', 2, error);
    fail('waiting', 'admitArtifact', 3, error);
    expect(await play('waiting')).toMatchObject({ episodes: { lost: 0, consistent: 1 } });
    await expectNothingLost('waiting');
  });

  it('takes no try from what a machine fails at', async () => {
    const away = new GivenUp('connection refused');
    const unavailable = new SandboxUnavailableError('no space');
    // As often in all as a boot and a check are tried.
    fail('counted', 'readTurns', 4, away);
    fail('counted', 'readTurns', 1, unavailable);
    fail('counted', 'admitArtifact', 2, away);
    fail('counted', 'admitArtifact', 1, unavailable);
    expect(await play('counted')).toMatchObject({ episodes: { lost: 0, consistent: 1 } });
    await expectNothingLost('counted');
  });

  it.each([
    ['a draw', 'openInjectionGroup'],
    ['the budget', 'sumUsage'],
  ])('is waited for longer than a minute by %s', async (_, run) => {
    expect(await late.get(run)).toMatchObject({ episodes: { finished: 1, lost: 0 } });
    expect(failing.filter((one) => one.run === run).flatMap(({ errors }) => errors)).toEqual([]);
  });
});
