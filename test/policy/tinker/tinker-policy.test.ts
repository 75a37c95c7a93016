import { describe, expect, it } from 'vitest';

import { PolicyRequestRejectedError, PolicyUnavailableError } from '../../../src/domain/failure/errors.ts';
import { createTinkerPolicy, type TinkerPolicyOptions } from '../../../src/policy/tinker/tinker-policy.ts';
import { createChatTokens } from '../../../src/policy/token-in/chat-tokens.ts';
import { failing } from '../../support/fake-chat-server.ts';
import { aRequest, describePolicyContract, failureOf, type PolicyStep } from '../policy-contract.ts';
import { aModelDirectory, idOf, idsOf } from '../token-in/tiny-model.ts';
import { refused, sampled, startScriptedTinker, type ScriptedTinker } from './scripted-tinker.ts';

const signal = new AbortController().signal;
const END = idOf('<|im_end|>');
const said = (text: string) => [...idsOf(text), END];

function aPolicy({ baseUrl }: ScriptedTinker, options: Partial<TinkerPolicyOptions> = {}) {
  return createTinkerPolicy({
    ...{ baseUrl, server: 'skyrl', baseModel: 'tiny', timeoutMs: 5_000, maxConcurrency: 64 },
    ...{ retries: 2, firstBackoffMs: 1, pauseMs: 1 },
    chat: createChatTokens({ tokenizer: aModelDirectory() }),
    ...options,
  });
}

function played(step: PolicyStep) {
  switch (step.step) {
    case 'reply':
      return step.finish === 'length' ? sampled(idsOf(step.text), { stopReason: 'length' }) : sampled(said(step.text));
    case 'context-exceeded':
      return { result: refused(400, "This model's maximum context length is 9 tokens. Your request is too long.") };
    case 'rejected':
      return { asample: refused(400, 'max_tokens must be a positive number') };
    case 'hang':
    case 'unavailable':
      return { asample: failing(step) };
  }
}

describePolicyContract(
  'tinker',
  async (step) => {
    const server = await startScriptedTinker(() => played(step));
    return {
      policy: aPolicy(server, { retries: 0 }),
      calls: () => server.asked('/asample').length,
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  },
  { ends: ['length'] },
);

const published = (version: number, model = 'model_1') => ({
  ...{ kind: 'sampler' as const, version },
  path: `tinker://${model}/sampler_weights/v${version}`,
});

describe('a Tinker server', () => {
  it('is asked in tokens, for one reply that ends with the turn, by temperature and top-p alone', async () => {
    await using server = await startScriptedTinker(() => sampled(said('ls')));
    const chat = createChatTokens({ tokenizer: aModelDirectory() });
    const reply = await aPolicy(server, { chat }).sample(aRequest, { signal });
    const prompt = chat.promptOf(aRequest.messages);
    expect(server.asked('/create_sampling_session')).toMatchObject([{ session_id: 'session', base_model: 'tiny' }]);
    expect(server.asked('/asample')).toEqual([
      {
        ...{ num_samples: 1, sampling_session_id: 'sampling', seq_id: 0 },
        prompt: { chunks: [{ type: 'encoded_text', tokens: prompt }] },
        sampling_params: { max_tokens: 512, temperature: 1, top_p: 0.95, top_k: -1, seed: 7, stop: [END] },
      },
    ]);
    expect(reply).toEqual({
      ...{ text: 'ls', finish: 'stop', policyVersion: 0, modelFiles: chat.hashes },
      usage: { promptTokens: prompt.length, completionTokens: 2, costUsd: 0 },
      tokens: { prompt, completion: said('ls'), logprobs: [-0.5, -0.5] },
    });
  });

  it('samples from what is published, under its version, in one sampling session for all rollouts', async () => {
    await using server = await startScriptedTinker(() => sampled(said('ls')));
    const policy = aPolicy(server);
    const ask = (version: number) => policy.sample({ ...aRequest, publication: published(version) }, { signal });
    const replies = await Promise.all([ask(3), ask(3), ask(3)]);
    expect(replies.map(({ policyVersion }) => policyVersion)).toEqual([3, 3, 3]);
    await ask(4);
    expect(server.asked('/create_sampling_session').map(({ model_path }) => model_path)).toEqual([
      published(3).path,
      published(4).path,
    ]);
    expect(server.asked('/asample').map(({ seq_id }) => seq_id)).toEqual([0, 1, 2, 0]);
  });

  it.each([
    ['receipt', () => ({ asample: refused(404, 'Sampling session not found') })],
    ['reply', () => ({ result: refused(410, 'the promise is gone') })],
  ])('that has lost a sampling session (%s) is asked again in another', async (_, lost) => {
    await using server = await startScriptedTinker((_body, index) => (index === 0 ? lost() : sampled(said('ls'))));
    expect((await aPolicy(server).sample(aRequest, { signal })).text).toBe('ls');
    expect(server.asked('/create_sampling_session')).toHaveLength(2);
  });

  it('that has not loaded the model is waited for: its trainer publishes it under another path', async () => {
    await using server = await startScriptedTinker(() => ({ result: refused(400, 'Model model_1 not loaded') }));
    const failure = await failureOf(aPolicy(server, { retries: 0 }).sample(aRequest, { signal }));
    expect(failure).toBeInstanceOf(PolicyUnavailableError);
  });

  it('that is full gets fewer questions at once', async () => {
    const atOnce: number[] = [];
    await using server = await startScriptedTinker((_body, index, inFlight) => {
      if (index < 4) return { asample: { play: 'answer', status: 429, body: 'full' } };
      atOnce.push(inFlight);
      return sampled(said('ls'), { afterMs: 20 });
    });
    const policy = aPolicy(server, { maxConcurrency: 4 });
    await Promise.all(Array.from({ length: 4 }, (_, seed) => policy.sample({ ...aRequest, seed }, { signal })));
    expect(atOnce).toHaveLength(4);
    expect(Math.max(...atOnce)).toBeLessThanOrEqual(2);
  });

  it('is not asked for older weights once newer ones of the same model are sampled from', async () => {
    await using server = await startScriptedTinker(() => sampled(said('ls')));
    const policy = aPolicy(server);
    const ask = (publication: ReturnType<typeof published>) => policy.sample({ ...aRequest, publication }, { signal });
    await ask(published(2));
    expect(await failureOf(ask(published(1)))).toBeInstanceOf(PolicyUnavailableError);
    // What another model is at is something else.
    await ask(published(1, 'model_2'));
    await ask(published(2));
    expect(server.asked('/asample')).toHaveLength(3);
  });

  it('of another kind than SkyRL keeps older versions', async () => {
    await using server = await startScriptedTinker(() => sampled(said('ls')));
    const policy = aPolicy(server, { server: 'miles' });
    for (const version of [2, 1]) await policy.sample({ ...aRequest, publication: published(version) }, { signal });
    expect(server.asked('/asample')).toHaveLength(2);
  });

  it('is not asked for weights that only another server samples from', async () => {
    await using server = await startScriptedTinker(() => sampled(said('ls')));
    const publication = { kind: 'lora' as const, version: 1, directory: '/adapters/1' };
    const failure = await failureOf(aPolicy(server).sample({ ...aRequest, publication }, { signal }));
    expect(failure).toBeInstanceOf(PolicyRequestRejectedError);
    expect(server.asked('/asample')).toEqual([]);
  });

  it('that says no log-probabilities is no server to train with', async () => {
    const sequence = { stop_reason: 'stop', tokens: [5, END] };
    await using server = await startScriptedTinker(() => ({
      result: { play: 'answer', body: { sequences: [sequence] } },
    }));
    expect(await failureOf(aPolicy(server).sample(aRequest, { signal }))).toBeInstanceOf(PolicyRequestRejectedError);
  });

  it('costs what the configuration says', async () => {
    await using server = await startScriptedTinker(() => sampled(said('ls')));
    const price = { promptUsdPerMillion: 1_000_000, completionUsdPerMillion: 2_000_000 };
    const { usage } = await aPolicy(server, { price }).sample(aRequest, { signal });
    expect(usage.costUsd).toBe(usage.promptTokens + 2 * usage.completionTokens);
  });
});
