import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { seededDraw } from '../../src/domain/draw/seeded-draw.ts';
import type { BlobRef } from '../../src/domain/record/blob-ref.ts';
import type { Decision } from '../../src/domain/record/decision.ts';
import { indexOfDraw, logProbabilities } from '../../src/domain/training/log-linear.ts';
import type { EmbeddedWeights } from '../../src/domain/training/log-linear-weights.ts';
import type { TrainingManifest } from '../../src/domain/training/training-step.ts';
import { getJson } from '../../src/activities/services/json-blobs.ts';
import type { Policy, PolicyRequest } from '../../src/policy/policy.ts';
import { createScriptedPolicy, type ScriptedMoment } from '../../src/policy/scripted-policy.ts';
import { DEFAULT_WEIGHTS } from '../../src/policy/embedded/choice/default-weights.ts';
import type { TrainingProgress } from '../../src/workflows/messages.ts';
import { createArtifactFixture, type ArtifactFixture } from '../support/artifact-fixture.ts';
import type { Said } from '../support/run-fixture.ts';
import { injectorReplies, repairReplies } from '../support/scripted-players.ts';
import { startDeployment, startTinyRun, type TestDeployment } from '../support/test-server.ts';

const TIMEOUT_MS = 600_000;

let fixture: ArtifactFixture;
let deployment: TestDeployment;

beforeAll(async () => {
  fixture = createArtifactFixture();
  const policy = learner(fixture, (ref) => getJson<EmbeddedWeights>(deployment.services().store.blobs, ref));
  deployment = await startDeployment({ embedded: policy });
}, TIMEOUT_MS);

afterAll(async () => {
  await deployment.dispose();
  fixture[Symbol.dispose]();
}, TIMEOUT_MS);

/** What each role of the learner chooses by. */
const CHOICES = { injector: 'library-file', solver: 'suspect-function' } as const;

/**
 * A player of both roles that chooses whether to do its work or to leave it, by the weights that have been published: what
 * the embedded policy does, without its way of finding bugs.
 */
function learner(of: ArtifactFixture, read: (ref: BlobRef) => Promise<EmbeddedWeights>): Policy {
  const replies = { injector: injectorReplies(of.artifact), solver: repairReplies(of) };
  const candidates = [
    [1, 0],
    [0, 1],
  ];
  const decide = async ({ role, seed, publication }: PolicyRequest): Promise<Decision> => {
    if (publication?.kind !== 'embedded') throw new Error('nothing is published');
    const name = CHOICES[role];
    const weights = (await read(publication)).weights[name]?.slice(0, 2) ?? [];
    const logprobs = logProbabilities({ weights, temperature: 1 }, candidates);
    const chosen = indexOfDraw(logprobs, seededDraw(seed, role));
    return { name, candidates, chosen, logprob: logprobs[chosen] ?? 0 };
  };
  const play = async ({ turn, request }: ScriptedMoment) => {
    const decision = await decide(request);
    const text = decision.chosen === 0 ? replies[request.role][turn] : 'I leave it.';
    if (text === undefined) throw new Error(`nothing to say in turn ${turn}`);
    return { text, policyVersion: request.publication?.version ?? 0, decisions: turn === 0 ? [decision] : [] };
  };
  return createScriptedPolicy({ injector: play, solver: play });
}

/** A run that trains after each injection group. */
async function learn(workflowId: string, changes: Said) {
  const training = { trainer: { kind: 'embedded' }, max_lag: 0, batch: { injection_groups: 1 }, learning_rate: 0.5 };
  const draws = { injection_groups: 2, injection_group_size: 2, attempts: 3, higher_order: { enabled: false } };
  const said = { ...draws, policy: { kind: 'embedded' }, seed: 5, training, ...changes };
  const run = await startTinyRun(deployment, fixture, { workflowId, ...said });
  const progress = (await run.result()) as TrainingProgress;
  return { progress, receipts: await deployment.services().store.ledger.listReceipts(workflowId) };
}

async function weightsOf(publication: string): Promise<EmbeddedWeights> {
  const { sha256, bytes } = JSON.parse(publication) as { sha256: string; bytes: number };
  return getJson<EmbeddedWeights>(deployment.services().store.blobs, { sha256, bytes });
}

describe('a run that trains', { timeout: TIMEOUT_MS }, () => {
  it('learns from both roles and plays on with what it has learned', async () => {
    const { progress, receipts } = await learn('alone', { episode_window: 1 });
    expect(progress).toMatchObject({ training: { steps: 2, ready: 0 }, episodes: { lost: 0 } });
    expect(receipts.map(({ step }) => step)).toEqual([0, 1, 2]);
    expect(receipts[1]?.policyVersion).toBe(1);
    const { ledger, blobs } = deployment.services().store;
    const [begun, , learned] = await Promise.all(receipts.map(({ publication }) => weightsOf(publication)));
    expect(begun?.weights).toEqual(DEFAULT_WEIGHTS);
    for (const role of ['injector', 'solver'] as const)
      expect(learned?.weights[CHOICES[role]]).not.toEqual(DEFAULT_WEIGHTS[CHOICES[role]]);

    const manifest = (await ledger.findTrainingStep('alone', 1))?.manifest;
    if (manifest == null) throw new Error('the first step teaches nothing');
    const { byRole } = await getJson<TrainingManifest>(blobs, manifest);
    expect(byRole.injector.rollouts).toBeGreaterThan(0);
    expect(byRole.solver.rollouts).toBeGreaterThan(0);

    const versions = async (group: string) => {
      const rewards = (await ledger.listInjectionGroup(group)).map(({ episodeId }) => ledger.listRewards(episodeId));
      return new Set((await Promise.all(rewards)).flat().map(({ policyVersion }) => policyVersion));
    };
    expect(await versions('alone/group-0')).toEqual(new Set([0]));
    expect(await versions('alone/group-1')).toEqual(new Set([1]));
  });

  it('comes to the same weights whatever plays beside what', async () => {
    const published = async (workflowId: string, window: number) =>
      (await learn(workflowId, { episode_window: window })).receipts.map(({ publication }) => publication);
    const alone = deployment.services().store.ledger.listReceipts('alone');
    expect(await published('beside', 4)).toEqual((await alone).map(({ publication }) => publication));
  });
});
