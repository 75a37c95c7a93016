import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { readHomeLock } from '../../src/cli/command/home-holder.ts';
import { readEnvironment } from '../../src/config/environment.ts';
import { createFileStore } from '../../src/store/file-store.ts';
import { trainingProgressQuery, type TrainingProgress } from '../../src/workflows/messages.ts';
import { temporaryDirectory } from '../cli/command-fixture.ts';
import { startSelfplay, type SelfplayProcess } from '../cli/selfplay-process.ts';
import { createArtifactFixture, type ArtifactFixture } from '../support/artifact-fixture.ts';
import { countingReplies, createGate } from '../support/scripted-players.ts';
import { servePolicy } from '../support/serve-policy.ts';
import { toldMore } from '../support/test-server.ts';

/** Two starts of everything, and what was lost is waited for: a minute alone, minutes beside other tests. */
const TIMEOUT_MS = 400_000;
const PATIENTLY = { timeout: 240_000, interval: 250 };

const RUN = 'through-death';
const EPISODES = 10;
/** An episode costs its run some fifteen events, so a life lasts for a few of them. */
const EVENTS_IN_ONE_LIFE = 60;

let fixture: ArtifactFixture;

beforeAll(() => {
  fixture = createArtifactFixture();
});

afterAll(() => {
  fixture[Symbol.dispose]();
});

async function startUp(home: string): Promise<{ readonly up: SelfplayProcess; readonly client: Client }> {
  const binary = await toldMore(
    readEnvironment().temporalBinary,
    { 'limit.historyCount.suggestContinueAsNew': EVENTS_IN_ONE_LIFE },
    temporaryDirectory(),
  );
  const parameters = ['up', '--sandbox', 'bubblewrap', '--home', home, '--port', '0', '--ui-port', '0'];
  const up = startSelfplay(parameters, { SELFPLAY_TEMPORAL: binary });
  await up.waitFor('selfplay is up');
  const connection = await Connection.connect({ address: readHomeLock(home)?.address ?? '' });
  return { up, client: new Client({ connection }) };
}

/** Everything at once, without a word. */
async function killAll(home: string, { child, ended }: SelfplayProcess): Promise<void> {
  child.kill('SIGKILL');
  process.kill(Number(readFileSync(join(home, 'temporal', 'temporal.pid'), 'utf8')), 'SIGKILL');
  await ended;
}

describe('a run whose workers and whose server are killed', { timeout: TIMEOUT_MS }, () => {
  it('goes on where it stood, with the episodes of an earlier life; none is lost, none is doubled', async () => {
    const home = temporaryDirectory();
    const gate = createGate();
    const seeds: number[] = [];
    const { policy, replies } = countingReplies({
      injector: async ({ request: { seed } }) => {
        if (!seeds.includes(seed)) seeds.push(seed);
        if (seeds[0] === seed) await gate.pass();
        return 'I give up.';
      },
    });
    await using model = await servePolicy(policy);
    const input = {
      subjects: [{ name: 'tiny', directory: join(fixture.directory, 'tiny') }],
      policy: { kind: 'openai', base_url: model.baseUrl, model: 'test-model' },
      ...{ injection_groups: 2, injection_group_size: EPISODES / 2, episode_window: 2, rollout: { turns: 1 } },
    };

    const first = await startUp(home);
    await first.client.workflow.start('selfPlayTraining', { taskQueue: 'selfplay', workflowId: RUN, args: [input] });
    await gate.reached;
    const lives = async () => (await first.client.workflow.count(`WorkflowId = "${RUN}"`)).count;
    await expect.poll(lives, PATIENTLY).toBeGreaterThanOrEqual(2);
    const before = await first.client.workflow.getHandle(RUN).query(trainingProgressQuery);
    expect([`${RUN}/episode-0`, `${RUN}/episode-1`]).toContain(before.inFlight[0]);
    await killAll(home, first.up);
    await first.client.connection.close();

    gate.open();
    const second = await startUp(home);
    const after: TrainingProgress = await second.client.workflow.getHandle(RUN).result();
    expect(after).toMatchObject({
      injectionGroups: { drawn: 2, settled: 2 },
      episodes: { started: EPISODES, finished: EPISODES, lost: 0 },
    });
    const episodes = `TrainingRun = "${RUN}" AND WorkflowType = "selfPlayEpisode"`;
    await expect.poll(async () => (await second.client.workflow.count(episodes)).count, PATIENTLY).toBe(EPISODES);
    await second.client.connection.close();
    second.up.child.kill('SIGINT');
    expect(await second.up.ended).toBe(0);

    const store = await createFileStore({ directory: join(home, 'store') });
    const { ledger } = store;
    const outcomes = (await ledger.listEpisodes({ runId: RUN })).map(({ outcome }) => outcome);
    expect(outcomes).toEqual(Array.from({ length: EPISODES }, () => 'rewarded'));
    const rewards = await ledger.listRewardsOf({ runId: RUN });
    expect(rewards).toHaveLength(EPISODES);
    expect(rewards.every(({ advantage }) => advantage !== null)).toBe(true);
    // Paid twice is at most what was under way when everything died, and that is counted.
    const paidTwice = [...replies.values()].filter((count) => count > 1).length;
    expect(paidTwice).toBeLessThanOrEqual(await ledger.countLostReplies(RUN));
    await store.close();
  });
});
