import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { TemporalAccess } from '../../../src/cli/command/temporal-access.ts';
import { connectTemporal } from '../../../src/cli/temporal/connect-temporal.ts';
import { PolicyUnavailableError } from '../../../src/domain/failure/errors.ts';
import { createScriptedPolicy } from '../../../src/policy/scripted-policy.ts';
import { pauseTrainingSignal } from '../../../src/workflows/messages.ts';
import { createArtifactFixture, type ArtifactFixture } from '../../support/artifact-fixture.ts';
import { startDeployment, startTinyRun, type TestDeployment } from '../../support/test-server.ts';

/** For what a loaded machine may be slow at. */
const PATIENTLY = { timeout: 240_000, interval: 500 };

let fixture: ArtifactFixture;
let deployment: TestDeployment;
let temporal: TemporalAccess;

beforeAll(async () => {
  fixture = createArtifactFixture();
  deployment = await startDeployment({
    'is-down': createScriptedPolicy({ injector: () => new PolicyUnavailableError('connection refused') }),
  });
  const { address, namespace } = deployment.server;
  temporal = await connectTemporal({ address, namespace });
});

afterAll(async () => {
  await temporal.close();
  await deployment.dispose();
  fixture[Symbol.dispose]();
});

const start = (workflowId: string) => startTinyRun(deployment, fixture, { workflowId, policy: 'is-down' });

describe('what waits', () => {
  it('is listed with what it waits for and since when, of one run or of all', async () => {
    const before = Date.now();
    const runs = await Promise.all([start('first'), start('second')]);
    const rollout = (run: string) => ({
      ...{ workflowId: `${run}/episode-0/injector`, type: 'agentRollout', run, waitsFor: 'policy', attempt: null },
      ...{ detail: expect.any(String), since: expect.any(String) },
    });
    const paused = {
      ...{ workflowId: 'second', type: 'selfPlayTraining', run: 'second', waitsFor: 'resumeTraining', attempt: null },
      ...{ detail: 'the run is paused', since: expect.any(String) },
    };
    await expect.poll(() => temporal.listWaits('first'), PATIENTLY).toEqual([rollout('first')]);
    const ofSecond = () => temporal.listWaits('second');
    await expect.poll(ofSecond, PATIENTLY).toContainEqual(rollout('second'));
    // A run that is paused before it has begun an episode begins none.
    await runs[1].signal(pauseTrainingSignal);
    await expect.poll(ofSecond, PATIENTLY).toContainEqual(paused);
    const all = await temporal.listWaits(undefined);
    expect(all.map(({ workflowId }) => workflowId)).toEqual(
      expect.arrayContaining(['first/episode-0/injector', 'second', 'second/episode-0/injector']),
    );
    const since = all.map((wait) => Date.parse(wait.since ?? ''));
    expect(since).toEqual(since.toSorted((one, other) => one - other));
    expect(since[0]).toBeGreaterThanOrEqual(before);
    await Promise.all(runs.map((run) => run.cancel()));
    await expect.poll(() => temporal.listWaits(undefined), PATIENTLY).toEqual([]);
  });
});
