import { CancelledFailure } from '@temporalio/common';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { PolicyUnavailableError } from '../../src/domain/failure/errors.ts';
import { renderToolCall } from '../../src/domain/protocol/call-text.ts';
import { createScriptedPolicy } from '../../src/policy/scripted-policy.ts';
import {
  episodeProgressQuery,
  pauseTrainingSignal,
  resizeWindowUpdate,
  resumeTrainingSignal,
  trainingProgressQuery,
} from '../../src/workflows/messages.ts';
import { createArtifactFixture, type ArtifactFixture } from '../support/artifact-fixture.ts';
import { countingReplies, createGate, injectorReplies, tinyPlayers } from '../support/scripted-players.ts';
import { startDeployment, startTinyRun, type TestDeployment } from '../support/test-server.ts';

/** For what a loaded machine may be slow at. */
const PATIENTLY = { timeout: 240_000, interval: 250 };

const sleepForEver = renderToolCall({ tool: 'bash', command: 'echo started; sleep 10000' });
const look = renderToolCall({ tool: 'bash', command: 'ls' });

let fixture: ArtifactFixture;
let deployment: TestDeployment;

const gates = { restart: createGate(), window: createGate() };
const hanging = { calls: 0, aborted: 0 };
let endpointIsUp = false;
let players: ReturnType<typeof countingReplies>;

beforeAll(async () => {
  fixture = createArtifactFixture();
  const tiny = tinyPlayers(fixture);
  const { injector } = tiny;
  players = countingReplies({
    ...tiny,
    injector: async (moment) => {
      if (moment.turn === 3) await gates.restart.pass();
      return typeof injector === 'function' ? injector(moment) : injector?.[moment.turn];
    },
  });
  deployment = await startDeployment({
    restarting: players.policy,
    'hangs-in-the-model': createScriptedPolicy({
      injector: ({ signal }) => {
        hanging.calls += 1;
        return new Promise(() => {
          signal.addEventListener('abort', () => (hanging.aborted += 1));
        });
      },
    }),
    'hangs-in-a-command': createScriptedPolicy({ injector: [sleepForEver] }),
    'tests-that-last': createScriptedPolicy({
      injector: injectorReplies({ ...fixture.artifact, 'test_script.sh': '#!/bin/bash\nsleep 10000\n' }),
    }),
    'is-down-at-first': createScriptedPolicy({
      injector: () => (endpointIsUp ? look : new PolicyUnavailableError('connection refused')),
    }),
    gated: createScriptedPolicy({
      injector: async () => {
        await gates.window.pass();
        return look;
      },
    }),
  });
});

afterAll(async () => {
  await deployment.dispose();
  fixture[Symbol.dispose]();
});

/** Starts a run of the tiny project. */
function start(workflowId: string, policy: string, changes: Readonly<Record<string, unknown>> = {}) {
  return startTinyRun(deployment, fixture, { workflowId, policy, attempts: 2, ...changes });
}

/** An injector that has one turn and submits nothing: the cheapest episode there is. */
const oneTurn = { rollout: { turns: 1 } };

const sandboxIds = async () => (await deployment.services().sandboxes.list()).map(({ id }) => id);

describe('a cancellation', () => {
  it('in the middle of a model call stops the call and leaves no sandbox', async () => {
    const handle = await start('cancelled-in-model', 'hangs-in-the-model');
    await expect.poll(() => hanging.calls, PATIENTLY).toBe(1);
    expect(await sandboxIds()).toHaveLength(1);
    await handle.cancel();
    await expect(handle.result()).rejects.toMatchObject({ cause: expect.any(CancelledFailure) });
    expect(hanging.aborted).toBe(1);
    expect(await sandboxIds()).toEqual([]);
    const { ledger } = deployment.services().store;
    expect(await ledger.findRun('cancelled-in-model')).toMatchObject({ outcome: 'cancelled' });
    const [episode] = await ledger.listEpisodes({ runId: 'cancelled-in-model' });
    expect(episode).toMatchObject({ outcome: 'cancelled' });
    expect(await ledger.listRewards(episode?.episodeId ?? '')).toEqual([]);
  });

  it('in the middle of a command stops the command and leaves no sandbox', async () => {
    const handle = await start('cancelled-in-command', 'hangs-in-a-command');
    const rollout = deployment.client.workflow.getHandle('cancelled-in-command/episode-0/injector');
    const heartbeat = async () => {
      const { raw } = await rollout.describe();
      const [pending] = raw.pendingActivities ?? [];
      return Buffer.from(pending?.heartbeatDetails?.payloads?.[0]?.data ?? []).toString();
    };
    const toldByHeartbeat = async () => (await sandboxIds()).length === 1 && heartbeat().catch(() => '');
    await expect.poll(toldByHeartbeat, PATIENTLY).toMatch(/turn 0: bash echo started; sleep 10000, \d+ s/);
    await handle.cancel();
    await expect(handle.result()).rejects.toMatchObject({ cause: expect.any(CancelledFailure) });
    expect(await sandboxIds()).toEqual([]);
  });
});

describe('a worker that is stopped and started again in the middle of an episode', () => {
  it('goes on with it: nothing that was journaled is paid for twice', async () => {
    const handle = await start('restarted', 'restarting', { higher_order: { enabled: false } });
    await gates.restart.reached;
    await deployment.restartWorkers(() => {
      gates.restart.open();
      return Promise.resolve();
    });
    expect(await handle.result()).toMatchObject({ episodes: { finished: 1, consistent: 1, lost: 0 } });
    const { ledger } = deployment.services().store;
    const [episode] = await ledger.listEpisodes({ runId: 'restarted' });
    expect(episode).toMatchObject({ outcome: 'rewarded', solveRate: 0.5 });
    const rollouts = await ledger.listRollouts(episode?.episodeId ?? '');
    expect(rollouts.map(({ role, outcome }) => [role, outcome])).toEqual([
      ['injector', 'submitted'],
      ['solver', 'submitted'],
      ['solver', 'submitted'],
    ]);
    const turns = (await Promise.all(rollouts.map(({ rolloutId }) => ledger.readTurns(rolloutId)))).flat();
    expect([...players.replies.values()]).toEqual(turns.map(() => 1));
    // The call that was under way when the worker stopped is the one window that no journal closes.
    expect(await ledger.countLostReplies('restarted')).toBe(1);
    expect(await sandboxIds()).toEqual([]);
  });
});

describe('a check under way on a worker that is stopped', () => {
  it('is handed back and begun anew as often as workers stop, and no try is counted', async () => {
    const handle = await start('handed-back', 'tests-that-last');
    const episode = deployment.client.workflow.getHandle('handed-back/episode-0');
    const underWay = async () => {
      const { raw } = await episode.describe();
      return raw.pendingActivities?.map(({ state, attempt }) => ({ state, attempt })) ?? [];
    };
    // More often than a check is tried. The API's number for a step that has begun is 2.
    for (let stops = 0; stops < 4; stops += 1) {
      await expect.poll(async () => (await sandboxIds()).length, PATIENTLY).toBeGreaterThan(0);
      await expect.poll(underWay, PATIENTLY).toEqual([{ state: 2, attempt: 1 }]);
      await deployment.restartWorkers();
    }
    await expect.poll(underWay, PATIENTLY).toEqual([{ state: 2, attempt: 1 }]);
    await handle.cancel();
    await expect(handle.result()).rejects.toMatchObject({ cause: expect.any(CancelledFailure) });
    expect(await sandboxIds()).toEqual([]);
  });
});

describe('a policy endpoint that is down', () => {
  it('is waited for, can be found by what it waits for, and the run ends when it is up', async () => {
    const handle = await start('waiting', 'is-down-at-first', oneTurn);
    const waiting = () => deployment.client.workflow.count('TrainingRun = "waiting" AND WaitingFor = "policy"');
    await expect.poll(async () => (await waiting()).count, PATIENTLY).toBe(1);
    expect(await sandboxIds()).toHaveLength(1);
    endpointIsUp = true;
    expect(await handle.result()).toMatchObject({ episodes: { finished: 1, lost: 0 } });
    expect(await sandboxIds()).toEqual([]);
  });
});

describe('a person', () => {
  it('can ask where a run stands, resize its window, pause it and resume it', async () => {
    const handle = await start('steered', 'gated', { ...oneTurn, injection_group_size: 4, episode_window: 1 });
    const progress = () => handle.query(trainingProgressQuery);
    const inFlight = async () => (await progress()).inFlight;
    await gates.window.reached;
    expect(await progress()).toMatchObject({ window: 1, paused: false, inFlight: ['steered/episode-0'] });

    const episode = deployment.client.workflow.getHandle('steered/episode-0');
    expect(await episode.query(episodeProgressQuery)).toMatchObject({
      phase: 'inject',
      subject: 'tiny',
      order: 1,
      attempts: { solved: 0, unsolved: 0, lost: 0, total: 2 },
    });

    expect(await handle.executeUpdate(resizeWindowUpdate, { args: [2] })).toBe(2);
    await expect.poll(inFlight, PATIENTLY).toEqual(['steered/episode-0', 'steered/episode-1']);
    await expect(handle.executeUpdate(resizeWindowUpdate, { args: [0] })).rejects.toMatchObject({
      cause: { message: expect.stringContaining('a whole number from 1 to 500, not 0') },
    });

    await handle.signal(pauseTrainingSignal);
    gates.window.open();
    await expect.poll(async () => (await progress()).episodes.finished, PATIENTLY).toBe(2);
    expect(await progress()).toMatchObject({ paused: true, inFlight: [], episodes: { started: 2 } });

    await handle.signal(resumeTrainingSignal);
    expect(await handle.result()).toMatchObject({ paused: false, episodes: { started: 4, finished: 4 } });
  });
});
