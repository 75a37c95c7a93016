import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { RewardRow } from '../../src/domain/record/ledger-rows.ts';
import { createScriptedPolicy } from '../../src/policy/scripted-policy.ts';
import type { EvaluationProgress } from '../../src/workflows/evaluate-policy.ts';
import type { TrainingProgress } from '../../src/workflows/messages.ts';
import { runCommand } from '../cli/command-fixture.ts';
import { createArtifactFixture, type ArtifactFixture } from '../support/artifact-fixture.ts';
import { tinyPlayers } from '../support/scripted-players.ts';
import { policyNamed, startDeployment, type TestDeployment } from '../support/test-server.ts';

/** The largest is the input of an episode, with its configuration; the server takes 2 MiB, and a run has thousands. */
const LARGEST_EVENT_CHARS = 32 * 1024;

let fixture: ArtifactFixture;
let deployment: TestDeployment;

beforeAll(async () => {
  fixture = createArtifactFixture();
  deployment = await startDeployment({ tiny: createScriptedPolicy(tinyPlayers(fixture)) });
});

afterAll(async () => {
  await deployment.dispose();
  fixture[Symbol.dispose]();
});

function configuration(changes: Readonly<Record<string, unknown>> = {}) {
  const subjects = [{ name: 'tiny', directory: join(fixture.directory, 'tiny') }];
  return {
    subjects,
    policy: policyNamed('tiny'),
    injection_groups: 1,
    injection_group_size: 2,
    attempts: 2,
    ...changes,
  };
}

/** Runs the `temporal` binary itself, as a user would. */
async function temporal(...parameters: readonly string[]) {
  const { temporalBinary } = deployment.environment;
  const { stdout } = await promisify(execFile)(temporalBinary, [...parameters, '--address', deployment.server.address]);
  return stdout;
}

async function startWithCli(workflowId: string, input: unknown, type = 'selfPlayTraining') {
  const file = join(fixture.directory, `${workflowId}.json`);
  writeFileSync(file, JSON.stringify(input));
  const place = ['--task-queue', 'selfplay', '--workflow-id', workflowId, '--input-file', file];
  await temporal('workflow', 'start', '--type', type, ...place);
}

describe('a run on a real server', () => {
  it('plays groups and second-order bugs to the end and rewards both roles', async () => {
    await startWithCli('whole', configuration());
    const progress: TrainingProgress = await deployment.client.workflow.getHandle('whole').result();
    expect(progress).toMatchObject({
      runId: 'whole',
      injectionGroups: { drawn: 1, settled: 1, total: 1 },
      episodes: { consistent: 2, lost: 0 },
      inFlight: [],
      waiting: 0,
    });
    expect(progress.episodes.secondOrder).toBeGreaterThanOrEqual(1);

    const { ledger } = deployment.services().store;
    expect(await ledger.findRun('whole')).toMatchObject({ outcome: 'completed' });
    const episodes = await ledger.listEpisodes({ runId: 'whole' });
    const first = episodes.filter(({ order }) => order === 1);
    expect(first).toHaveLength(2);
    for (const { episodeId, ...episode } of first) {
      expect(episode).toMatchObject({ outcome: 'rewarded', verdict: 'consistent', check: null });
      const rewards = await ledger.listRewards(episodeId);
      const [injector, ...solvers] = rewards;
      expect(injector).toMatchObject({ role: 'injector', advantage: expect.any(Number) });
      expect(solvers.map(({ role }) => role)).toEqual(['solver', 'solver']);
      expect(injector?.reward).toBeCloseTo(expectedReward(solvers), 12);
    }
    for (const { episodeId } of episodes.filter(({ order }) => order === 2)) {
      expect((await ledger.listRewards(episodeId)).map(({ role }) => role)).toEqual(['solver', 'solver']);
    }
    const rollouts = await Promise.all(episodes.map(({ episodeId }) => ledger.listRollouts(episodeId)));
    expect(rollouts.flat().every(({ outcome, trajectory }) => outcome === 'submitted' && trajectory !== null)).toBe(
      true,
    );
    expect(await ledger.countLostReplies('whole')).toBe(0);
    expect(await deployment.services().sandboxes.list()).toEqual([]);
  });

  it('freezes bugs, evaluates a policy on them and has solvers alone play them', async () => {
    const file = join(fixture.directory, 'bugs.jsonl');
    const { blobs, ledger } = deployment.services().store;
    const openStore = () => Promise.resolve({ blobs, ledger, close: () => Promise.resolve() });
    const { exitCode } = await runCommand(['freeze', file, '--run', 'whole'], { backends: { openStore } });
    expect(exitCode).toBe(0);

    await startWithCli('evaluation', { config: configuration(), bugs: file }, 'policyEvaluation');
    const evaluated: EvaluationProgress = await deployment.client.workflow.getHandle('evaluation').result();
    expect(evaluated).toMatchObject({ tasks: 1, lost: 0, finished: true });
    const { solved, unsolved } = evaluated;
    expect(solved + unsolved).toBe(1);
    expect(await ledger.listEvaluations({})).toMatchObject([{ evaluationId: 'evaluation', solved, unsolved, lost: 0 }]);

    const alone = { mode: 'repair-only', bugs: file, subjects: undefined, higher_order: { enabled: false } };
    await startWithCli('repairs', configuration({ ...alone, injection_groups: 2 }));
    const repaired: TrainingProgress = await deployment.client.workflow.getHandle('repairs').result();
    expect(repaired.episodes).toMatchObject({ finished: 2, consistent: 2, secondOrder: 0, lost: 0 });
    const rewards = await ledger.listRewardsOf({ runId: 'repairs' });
    expect(rewards.map(({ role }) => role)).toEqual(['solver', 'solver', 'solver', 'solver']);
  });

  it('keeps nothing large in any history: texts are blobs', async () => {
    const sizes: number[] = [];
    for await (const { workflowId, runId } of deployment.client.workflow.list({ query: 'TrainingRun = "whole"' })) {
      const history = await deployment.client.workflow.getHandle(workflowId, runId).fetchHistory();
      for (const event of history.events ?? []) sizes.push(JSON.stringify(event).length);
    }
    expect(sizes.length).toBeGreaterThan(100);
    expect(Math.max(...sizes)).toBeLessThan(LARGEST_EVENT_CHARS);
  });

  it('can be found with the temporal CLI by its search attributes', async () => {
    const query = 'TrainingRun = "whole" AND Repository = "tiny" AND AgentRole = "solver"';
    const count = async () => {
      const listed: unknown = JSON.parse(await temporal('workflow', 'list', '--query', query, '--output', 'json'));
      return Array.isArray(listed) ? listed.length : 0;
    };
    await expect.poll(count, { timeout: 240_000, interval: 500 }).toBeGreaterThanOrEqual(4);
    const settled = 'TrainingRun = "whole" AND EpisodePhase = "ended" AND Outcome = "rewarded" AND BugOrder = 1';
    const episodes = async () => (await deployment.client.workflow.count(settled)).count;
    await expect.poll(episodes, { timeout: 240_000, interval: 500 }).toBe(2);
  });

  it.each([
    {
      name: 'a typo',
      workflowId: 'typo',
      input: () => configuration({ atempts: 2 }),
      problem: 'atempts: unknown key; did you mean "attempts"?',
    },
    {
      name: 'a wrong value deep inside',
      workflowId: 'wrong-value',
      input: () => configuration({ rollout: { slice_seconds: -1 } }),
      problem: 'rollout.slice_seconds: ',
    },
    {
      name: 'a configuration that does not exist',
      workflowId: 'no-such-name',
      input: () => ({ config: 'dmeo' }),
      problem: 'there is no configuration "dmeo"',
    },
    {
      name: 'an input that is none',
      workflowId: 'no-input',
      input: () => 'demo',
      problem: 'is not a valid configuration',
    },
  ])('fails at once on $name, and says the place and the way out', async ({ workflowId, input, problem }) => {
    await startWithCli(workflowId, input());
    await expect(deployment.client.workflow.getHandle(workflowId).result()).rejects.toMatchObject({
      cause: { type: 'InvalidInput', message: expect.stringContaining(problem) },
    });
    expect(await temporal('workflow', 'show', '--workflow-id', workflowId)).toContain('WorkflowExecutionFailed');
    expect(await deployment.services().store.ledger.findRun(workflowId)).toBeUndefined();
  });
});

describe('the other workflows', () => {
  it.each([
    { type: 'selfPlayEpisode', workflowId: 'bad-episode', problem: 'episodeId' },
    { type: 'agentRollout', workflowId: 'bad-rollout', problem: 'rolloutId' },
  ])('fail at once on an input that is none: $type', async ({ type, workflowId, problem }) => {
    await startWithCli(workflowId, { runId: 'whole' }, type);
    await expect(deployment.client.workflow.getHandle(workflowId).result()).rejects.toMatchObject({
      cause: { type: 'InvalidInput', message: expect.stringContaining(problem) },
    });
  });
});

/** docs/specification.md#rewards, from the rewards of the solvers. */
function expectedReward(solvers: readonly RewardRow[]): number {
  const solveRate = solvers.filter(({ reward }) => reward === 1).length / solvers.length;
  return solveRate === 0 || solveRate === 1 ? -0.8 : 1 - 1.8 * solveRate;
}
