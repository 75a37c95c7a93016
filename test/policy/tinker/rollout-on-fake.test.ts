import { describe, expect, it } from 'vitest';

import { mergeTurns, type SampledTurn } from '../../../src/domain/training/merge-turns.ts';
import type { Publication } from '../../../src/domain/training/publication.ts';
import type { Message, Policy } from '../../../src/policy/policy.ts';
import { createTinkerPolicy } from '../../../src/policy/tinker/tinker-policy.ts';
import { createChatTokens } from '../../../src/policy/token-in/chat-tokens.ts';
import { startFakeTinkerServer } from '../../../src/tinker/fake/fake-tinker-server.ts';
import { createTinkerTrainer } from '../../../src/trainer/tinker/tinker-trainer.ts';
import { aTokenSequence, aTrainerCall, aTrainingStep } from '../../trainer/a-training-step.ts';
import { optionsFor } from '../../trainer/tinker/tinker-on-fake.ts';
import { aRequest, failureOf } from '../policy-contract.ts';
import { aModelDirectory, idOf } from '../token-in/tiny-model.ts';

const call = aTrainerCall();
const VOCABULARY = 300;

/** A server that, as SkyRL with JAX, trains and samples one adapter, its trainer and a policy on it. */
async function aServer(wire: 'json' | 'protobuf') {
  const fake = await startFakeTinkerServer({ wire, reduction: 'mean', vocabularySize: VOCABULARY });
  const trainer = createTinkerTrainer(
    optionsFor(fake.baseUrl, { reduction: 'mean', vocabularySize: VOCABULARY, wire: 'auto' }),
  );
  const policy = createTinkerPolicy({
    ...{
      baseUrl: fake.baseUrl,
      server: 'skyrl',
      baseModel: 'tiny',
      chat: createChatTokens({ tokenizer: aModelDirectory() }),
    },
    ...{ timeoutMs: 5_000, retries: 1, maxConcurrency: 4, firstBackoffMs: 1, vocabularySize: VOCABULARY },
  });
  return { fake, trainer, policy, [Symbol.asyncDispose]: () => fake[Symbol.asyncDispose]() };
}

/** A rollout in slices, each with what is published when it begins. */
async function rolloutOf(policy: Policy, publications: readonly (Publication | undefined)[]): Promise<SampledTurn[]> {
  let messages: readonly Message[] = aRequest.messages;
  const turns: SampledTurn[] = [];
  for (const publication of publications) {
    const request = { ...aRequest, messages, publication, sampling: { ...aRequest.sampling, maxTokens: 12 } };
    const { text, tokens, policyVersion } = await policy.sample(request, { signal: call.signal });
    if (tokens === undefined) throw new Error('no tokens');
    turns.push({ tokens, policyVersion });
    const conversation = [...tokens.prompt, ...tokens.completion];
    messages = [...messages, { role: 'assistant', content: text, conversation }, { role: 'user', content: 'go on' }];
  }
  return turns;
}

/** Every token makes the end of a turn likelier. */
const step = (number: number) =>
  aTrainingStep(
    number,
    [
      aTokenSequence(String(number), 256, {
        tokenIds: Array.from({ length: 256 }, (_, index) => (index % 2 === 0 ? index : idOf('<|im_end|>'))),
      }),
    ],
    { optimizer: { learningRate: 1, beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0 } },
  );

describe.each(['json', 'protobuf'] as const)('a rollout on a Tinker server that trains meanwhile (%s)', (wire) => {
  it('is one sequence of exact tokens, with the version of each turn', async () => {
    await using server = await aServer(wire);
    const { trainer, policy } = server;
    const opened = await trainer.publish(await trainer.open('run', call), 0, call);
    const trained = await trainer.trainStep(opened.session, step(1), call);
    const first = await trainer.publish(trained.session, 1, call);
    const turns = await rolloutOf(policy, [undefined, first.kept, first.kept]);
    const [sequence, ...forks] = mergeTurns(turns);
    expect(forks).toEqual([]);
    expect(sequence?.versions.map(({ version }) => version)).toEqual([0, 1, 1]);
    const sampled = turns.flatMap(({ tokens }) => tokens.completion);
    expect(sequence?.tokenIds.filter((_, index) => sequence.lossMask[index] === 1)).toEqual(sampled);
    expect(turns[0]?.tokens.completion).not.toEqual(turns[1]?.tokens.completion);
  });

  it('never has older weights sampled than others have, which would put them into training', async () => {
    await using server = await aServer(wire);
    const { fake, trainer, policy } = server;
    const opened = await trainer.publish(await trainer.open('run', call), 0, call);
    await rolloutOf(policy, [opened.kept]);
    const trained = await trainer.trainStep(opened.session, step(1), call);
    const first = await trainer.publish(trained.session, 1, call);
    // One slice has begun before the step, another after it.
    await rolloutOf(policy, [first.kept]);
    const message = await failureOf(rolloutOf(policy, [opened.kept]));
    expect(message).toMatchObject({ name: 'PolicyUnavailableError' });
    const second = await trainer.publish(first.session, 2, call);
    expect(weightsOf(fake, second.kept)).toBe(weightsOf(fake, first.kept));
    expect(weightsOf(fake, second.kept)).not.toBe(weightsOf(fake, opened.kept));
  });

  it('goes on under the path that is published once a lost model is back', async () => {
    await using server = await aServer(wire);
    const { fake, trainer, policy } = server;
    const opened = await trainer.checkpoint(await trainer.open('run', call), 0, call);
    const before = await trainer.publish(opened.session, 0, call);
    fake.restart();
    expect(await failureOf(rolloutOf(policy, [before.kept]))).toMatchObject({ name: 'PolicyUnavailableError' });
    const resumed = await trainer.publish(await trainer.resume('run', opened.kept, call), 0, call);
    expect(await rolloutOf(policy, [resumed.kept])).toHaveLength(1);
  });
});

function weightsOf(fake: { weightsAt(path: string): string | undefined }, publication: Publication) {
  return publication.kind === 'sampler' ? fake.weightsAt(publication.path) : undefined;
}
