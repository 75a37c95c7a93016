import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import {
  PolicyUnavailableError,
  TrainerLostError,
  TrainerUnavailableError,
} from '../../../src/domain/failure/errors.ts';
import type { Publication } from '../../../src/domain/training/publication.ts';
import { createTinkerTrainer } from '../../../src/trainer/tinker/tinker-trainer.ts';
import { createTinkerClient } from '../../../src/tinker/wire/tinker-client.ts';
import type { Trainer, TrainerSession } from '../../../src/trainer/trainer.ts';
import { SKYRL_START_MS, startSkyrl, type TestSkyrl } from '../../support/run-skyrl.ts';
import { aTrainerCall } from '../a-training-step.ts';
import { describeTrainerContract } from '../trainer-contract.ts';
import { onSkyrl, optionsOf } from './skyrl-host.ts';
import { mean, rareToken, sequencesOf, TOY_PROMPT, TOY_SAMPLES, TOY_TOKENS, toyStep } from './toy-task.ts';
import { aPolicyOn, pairStep, rollout } from './two-role-step.ts';

/** What is compiled on the way takes minutes on a machine that others use too. */
const TEST_MS = 15 * 60_000;

let skyrl: TestSkyrl;
let trainer: Trainer;
const call = aTrainerCall();

beforeAll(async () => {
  skyrl = await startSkyrl();
  trainer = createTinkerTrainer(optionsOf(skyrl));
}, SKYRL_START_MS);
afterAll(() => skyrl.stop());

/** 32 replies of the weights that were published last; those before them must not be asked (docs/training.md). */
async function sample(publication: Publication, seed: number) {
  if (publication.kind !== 'sampler') throw new Error(`published as ${publication.kind}`);
  const sampled = await createTinkerClient({ baseUrl: skyrl.url, server: 'skyrl' }).sample(
    {
      ...{ model: { path: publication.path }, prompt: TOY_PROMPT, samples: TOY_SAMPLES, maxTokens: TOY_TOKENS },
      ...{ temperature: 1, topP: 1, topK: -1, seed, stop: [2] },
    },
    call.signal,
  );
  return sequencesOf(sampled);
}

async function published(session: TrainerSession, version: number) {
  const { session: next, kept } = await trainer.publish(session, version, call);
  return { session: next, replies: await sample(kept, version) };
}

/** Five steps on replies to one prompt, paid with what `dealt` makes of their rewards. */
async function learn(dealt: (rewards: readonly number[]) => readonly number[]) {
  const rates: number[] = [];
  const gaps: number[] = [];
  let at = await published(await trainer.open('run', call), 0);
  const token = rareToken(at.replies);
  for (let step = 1; ; step++) {
    const rewards = at.replies.map(({ tokens }) => (tokens.includes(token) ? 1 : 0));
    rates.push(mean(rewards));
    if (step > 5) return { rates, gaps };
    const trained = await trainer.trainStep(at.session, toyStep(step, at.replies, dealt(rewards)), call);
    gaps.push(trained.metrics['logprob_gap:mean_absolute'] ?? NaN);
    at = await published(trained.session, step);
  }
}

// One test starts the server again. What this file compiles is compiled once.
const FEATURES = { losable: true, interruptible: false, timeoutMs: SKYRL_START_MS };
describeTrainerContract('a Tinker trainer on a real SkyRL', FEATURES, () => Promise.resolve(onSkyrl(skyrl)));

describe('SkyRL with a tiny model', { timeout: TEST_MS }, () => {
  it('trains on what both roles have said in exact tokens, and is sampled from under the next version', async () => {
    const policy = aPolicyOn(skyrl);
    const host = onSkyrl(skyrl);
    const models = host.createTrainer();
    const opened = await models.publish(await models.open('both', call), 0, call);
    const play = (role: 'injector' | 'solver', seed: number, publication = opened.kept) =>
      rollout(policy, { role, seed, publication });
    const injectors = [await play('injector', 11), await play('injector', 27)];
    const solvers = [await play('solver', 35), await play('solver', 41)];
    const afterStep = async (run: string, sequences: typeof injectors) => {
      const session = run === 'both' ? opened.session : await models.open(run, call);
      const trained = await models.trainStep(session, pairStep(1, sequences), call);
      const { kept } = await models.publish(trained.session, 1, call);
      return { metrics: trained.metrics, kept, played: await play('solver', 5, kept) };
    };
    const before = await play('solver', 5);
    const both = await afterStep('both', [...injectors, ...solvers]);
    const alone = [await afterStep('injectors', injectors), await afterStep('solvers', solvers)];

    // What is trained is what was sampled, under the log-probabilities with which it was.
    expect(both.metrics['logprob_gap:mean_absolute']).toBeLessThan(1e-3);
    expect(both.played.versions.map(({ version }) => version)).toEqual([1, 1]);
    // Neither role's gradient alone makes these weights.
    for (const other of [before, ...alone.map(({ played }) => played)])
      expect(both.played.logprobs).not.toEqual(other.logprobs);
    await expect(play('solver', 5)).rejects.toThrow(PolicyUnavailableError);
    await host[Symbol.asyncDispose]();
  });

  it('learns what is rewarded, and nothing from rewards that are dealt at random', async () => {
    const rewarded = await learn((rewards) => rewards);
    const control = await learn((rewards) => rewards.map((_, index) => rewards[(index + 11) % TOY_SAMPLES] ?? NaN));
    expect(rewarded.rates.at(-1)).toBeGreaterThanOrEqual(0.9);
    expect(control.rates.at(-1)).toBeLessThan(0.6);
    // The weights that are sampled from are those that are trained.
    expect(Math.max(...rewarded.gaps)).toBeLessThan(1e-3);
  });

  it('is killed, and goes on from its checkpoint to the same last digit', async () => {
    const opened = await published(await trainer.open('run', call), 0);
    const rewards = opened.replies.map((_, index) => index % 2);
    const first = await trainer.trainStep(opened.session, toyStep(1, opened.replies, rewards), call);
    const { session, kept: checkpoint } = await trainer.checkpoint(first.session, 1, call);
    const before = await published(session, 1);
    const step = toyStep(2, before.replies, rewards);
    const second = await trainer.trainStep(before.session, step, call);
    const after = await published(second.session, 2);
    expect(after.replies).not.toEqual(before.replies);

    await skyrl.kill();
    await expect(trainer.trainStep(before.session, step, call)).rejects.toThrow(TrainerUnavailableError);
    await skyrl.start();
    await expect(trainer.trainStep(after.session, step, call)).rejects.toThrow(TrainerLostError);
    const resumed = await trainer.resume('run', checkpoint, call);
    const again = await trainer.trainStep(resumed, step, call);
    expect(again.metrics).toEqual(second.metrics);
    expect((await published(again.session, 2)).replies).toEqual(after.replies);
  });
});
