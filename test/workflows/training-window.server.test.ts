import { CancelledFailure } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createScriptedPolicy } from '../../src/policy/scripted-policy.ts';
import {
  drainTrainingSignal,
  episodeEndedSignal,
  pauseTrainingSignal,
  resumeTrainingSignal,
  retryEpisodeUpdate,
  skipEpisodeUpdate,
  trainingProgressQuery,
} from '../../src/workflows/messages.ts';
import { createArtifactFixture, type ArtifactFixture } from '../support/artifact-fixture.ts';
import { createGate } from '../support/scripted-players.ts';
import { startDeployment, startTinyRun, type TestDeployment } from '../support/test-server.ts';

/** For what a loaded machine may be slow at. */
const PATIENTLY = { timeout: 240_000, interval: 250 };
/** An episode costs its run some fifteen events, so a life lasts for a few of them. */
const EVENTS_IN_ONE_LIFE = 60;

let fixture: ArtifactFixture;
let deployment: TestDeployment;

const givesUp = 'I give up.';
const gates = { spanning: createGate(), drained: createGate() };

/** Injectors that hang, as many as told, and give up after. */
function hangingFirst(count: number) {
  let calls = 0;
  const policy = createScriptedPolicy({
    injector: () => {
      calls += 1;
      return calls <= count ? new Promise<undefined>(() => undefined) : givesUp;
    },
  });
  return { policy, calls: () => calls };
}

const hanging = {
  spanning: hangingFirst(2),
  terminated: hangingFirst(1),
  skipped: hangingFirst(2),
  silent: hangingFirst(1),
};

function waitingFirst(gate: ReturnType<typeof createGate>) {
  let calls = 0;
  return createScriptedPolicy({
    injector: async () => {
      calls += 1;
      if (calls === 1) await gate.pass();
      return givesUp;
    },
  });
}

beforeAll(async () => {
  fixture = createArtifactFixture();
  deployment = await startDeployment(
    {
      'one-waits': waitingFirst(gates.spanning),
      'drained-waits': waitingFirst(gates.drained),
      'two-hang': hanging.spanning.policy,
      'is-terminated': hanging.terminated.policy,
      'is-skipped': hanging.skipped.policy,
      'is-silent': hanging.silent.policy,
    },
    { dynamicConfig: { 'limit.historyCount.suggestContinueAsNew': EVENTS_IN_ONE_LIFE } },
  );
});

afterAll(async () => {
  await deployment.dispose();
  fixture[Symbol.dispose]();
});

/** A run of injectors that have one turn, the cheapest episodes there are. */
function start(workflowId: string, policy: string, changes: Readonly<Record<string, unknown>> = {}) {
  return startTinyRun(deployment, fixture, {
    workflowId,
    policy,
    injection_group_size: 4,
    attempts: 2,
    rollout: { turns: 1 },
    episode_window: 2,
    ...changes,
  });
}

type Run = Awaited<ReturnType<typeof start>>;

const ledger = () => deployment.services().store.ledger;
const runsInSandboxes = async () => (await deployment.services().sandboxes.list()).map(({ labels }) => labels.run);
const statusOf = async (workflowId: string) =>
  (await deployment.client.workflow.getHandle(workflowId).describe()).status.name;
/** How many lives its workflow has begun. */
const livesOf = async (run: string) => (await deployment.client.workflow.count(`WorkflowId = "${run}"`)).count;
const progressOf = (run: Run) => run.query(trainingProgressQuery);

/** Messages that change nothing, as many as fill a history. */
async function fillHistory(run: Run): Promise<void> {
  for (let events = 0; events < EVENTS_IN_ONE_LIFE; events += 2) {
    await run.signal(pauseTrainingSignal);
    await run.signal(resumeTrainingSignal);
  }
}

describe('a run whose history grows long', () => {
  it('goes on in new lives beside an episode of its first one; none is lost, none is doubled', async () => {
    const run = await start('spanning', 'one-waits', { injection_groups: 2, injection_group_size: 6 });
    await gates.spanning.reached;
    await expect.poll(() => livesOf('spanning'), PATIENTLY).toBeGreaterThanOrEqual(3);
    const [oldest] = (await progressOf(run)).inFlight;
    expect(['spanning/episode-0', 'spanning/episode-1']).toContain(oldest);
    gates.spanning.open();
    expect(await run.result()).toMatchObject({
      injectionGroups: { drawn: 2, settled: 2 },
      episodes: { started: 12, finished: 12, lost: 0 },
      inFlight: [],
      waiting: 0,
    });
    const episodes = await ledger().listEpisodes({ runId: 'spanning' });
    expect(episodes.map(({ outcome }) => outcome)).toEqual(Array.from({ length: 12 }, () => 'rewarded'));
    const workflows = 'TrainingRun = "spanning" AND WorkflowType = "selfPlayEpisode"';
    const completed = async () =>
      (await deployment.client.workflow.count(`${workflows} AND ExecutionStatus = "Completed"`)).count;
    await expect.poll(completed, PATIENTLY).toBe(12);
    expect((await deployment.client.workflow.count(workflows)).count).toBe(12);
    const rewards = await ledger().listRewardsOf({ runId: 'spanning' });
    expect(rewards).toHaveLength(12);
    expect(rewards.every(({ advantage }) => advantage !== null)).toBe(true);
  });

  it('is cancelled with what earlier lives began, and with what was terminated meanwhile', async () => {
    const run = await start('cancelled', 'two-hang', { injection_group_size: 3 });
    await expect.poll(hanging.spanning.calls, PATIENTLY).toBe(2);
    await fillHistory(run);
    await expect.poll(() => livesOf('cancelled'), PATIENTLY).toBeGreaterThanOrEqual(2);
    await deployment.client.workflow.getHandle('cancelled/episode-1').terminate('by a person');
    await run.cancel();
    await expect(run.result()).rejects.toMatchObject({ cause: expect.any(CancelledFailure) });
    expect(await statusOf('cancelled/episode-0')).toBe('CANCELLED');
    expect(await ledger().findRun('cancelled')).toMatchObject({ outcome: 'cancelled' });
    expect(await ledger().findEpisode('cancelled/episode-0')).toMatchObject({ outcome: 'cancelled' });
    expect(await ledger().findEpisode('cancelled/episode-1')).toMatchObject({ outcome: 'lost' });
    expect(await ledger().findEpisode('cancelled/episode-2')).toBeUndefined();
    await expect.poll(runsInSandboxes, PATIENTLY).not.toContain('cancelled');
  });
});

describe('an episode whose workflow is terminated', () => {
  it('is settled as lost at once, its group with it, and leaves its place to the next', async () => {
    const run = await start('terminated', 'is-terminated', { injection_group_size: 2, episode_window: 1 });
    await expect.poll(hanging.terminated.calls, PATIENTLY).toBe(1);
    await deployment.client.workflow.getHandle('terminated/episode-0').terminate('by a person');
    expect(await run.result()).toMatchObject({
      injectionGroups: { settled: 1 },
      episodes: { started: 2, finished: 2, lost: 1 },
      retriable: ['terminated/episode-0'],
    });
    expect(await ledger().findEpisode('terminated/episode-0')).toMatchObject({ outcome: 'lost' });
    const [reward] = await ledger().listRewards('terminated/episode-1');
    expect(reward).toMatchObject({ role: 'injector', advantage: 0 });
    await expect.poll(runsInSandboxes, PATIENTLY).not.toContain('terminated');
  });
});

describe('a person', () => {
  it('can skip an episode, and have another one played again', async () => {
    const run = await start('skipping', 'is-skipped', { injection_group_size: 2 });
    await expect.poll(hanging.skipped.calls, PATIENTLY).toBe(2);
    await expect(run.executeUpdate(skipEpisodeUpdate, { args: ['episode-9'] })).rejects.toMatchObject({
      cause: {
        message: 'skipping/episode-9 is no episode in flight; in flight: skipping/episode-0, skipping/episode-1',
      },
    });
    expect(await run.executeUpdate(skipEpisodeUpdate, { args: ['episode-0'] })).toBe('skipping/episode-0');
    expect(await run.executeUpdate(retryEpisodeUpdate, { args: ['skipping/episode-1'] })).toBe('skipping/episode-1');
    expect(await run.result()).toMatchObject({
      injectionGroups: { settled: 1 },
      episodes: { started: 3, finished: 3, lost: 2 },
      retriable: ['skipping/episode-0'],
    });
    const [first, second, third] = (await ledger().listEpisodes({ runId: 'skipping' })).toReversed();
    expect([first?.outcome, second?.outcome, third?.outcome]).toEqual(['cancelled', 'cancelled', 'rewarded']);
    const { groupId, seed } = second ?? {};
    expect(third).toMatchObject({ episodeId: 'skipping/episode-1.retry-1', groupId, seed });
  });

  it('can drain a run: it starts nothing more, and ends with what is in flight', async () => {
    const run = await start('drained', 'drained-waits', {
      injection_groups: 3,
      injection_group_size: 3,
      episode_window: 1,
    });
    await gates.drained.reached;
    await run.signal(drainTrainingSignal);
    expect(await progressOf(run)).toMatchObject({ draining: 'it was asked to drain', inFlight: ['drained/episode-0'] });
    await expect(run.executeUpdate(retryEpisodeUpdate, { args: ['episode-0'] })).rejects.toMatchObject({
      cause: { message: 'the run starts no further episodes: it drains, or ends' },
    });
    gates.drained.open();
    expect(await run.result()).toMatchObject({
      injectionGroups: { drawn: 1, settled: 1 },
      episodes: { started: 1, finished: 1, lost: 0 },
    });
    expect(await ledger().findRun('drained')).toMatchObject({ outcome: 'completed' });
  });

  it('can send a run what says nothing, and it goes on', async () => {
    const run = await start('told-nothing', 'is-silent', { injection_group_size: 1 });
    await expect.poll(hanging.silent.calls, PATIENTLY).toBe(1);
    await run.signal(episodeEndedSignal.name, 'nothing');
    await run.signal(episodeEndedSignal.name, { episodeId: 'told-nothing/episode-0' });
    expect(await progressOf(run)).toMatchObject({ inFlight: ['told-nothing/episode-0'] });
    await run.executeUpdate(skipEpisodeUpdate, { args: ['episode-0'] });
    expect(await run.result()).toMatchObject({ episodes: { finished: 1, lost: 1 } });
  });
});
