import { describe, expect, it } from 'vitest';

import { PolicyRequestRejectedError } from '../../../src/domain/failure/errors.ts';
import type { PolicyRequest } from '../../../src/policy/policy.ts';
import { createChatTokens } from '../../../src/policy/token-in/chat-tokens.ts';
import { createTokenInPolicy, type TokenInPolicyOptions } from '../../../src/policy/token-in/token-in-policy.ts';
import {
  startFakeChatServer,
  type FakeChatServer,
  type Play,
  type ReceivedRequest,
  failing,
} from '../../support/fake-chat-server.ts';
import { aRequest, describePolicyContract, failureOf, type PolicyStep } from '../policy-contract.ts';
import { sglang, vllm, type TokenServerKind } from './fake-token-servers.ts';
import { aModelDirectory, idOf, idsOf } from './tiny-model.ts';

const KINDS = { vllm, sglang };
const patient = () => new AbortController().signal;

function aPolicy(kind: TokenServerKind, { baseUrl }: FakeChatServer, options: Partial<TokenInPolicyOptions> = {}) {
  return createTokenInPolicy({
    ...{ model: 'tiny', timeoutMs: 5_000, retries: 2, maxConcurrency: 64, firstBackoffMs: 1 },
    server: kind.create(baseUrl),
    chat: createChatTokens({ tokenizer: aModelDirectory() }),
    ...options,
  });
}

/** A model that says this, token by token. */
function saying(kind: TokenServerKind, text: string, finish = 'stop') {
  const completion = [...idsOf(text), ...(finish === 'stop' ? [idOf('<|im_end|>')] : [])];
  return (request: ReceivedRequest): Play => ({
    play: 'answer',
    body: kind.answer(request, { completion, logprobs: completion.map(() => -0.5), finish }),
  });
}

function played(kind: TokenServerKind, step: PolicyStep, request: ReceivedRequest): Play {
  switch (step.step) {
    case 'reply':
      return saying(kind, step.text, (step.finish ?? 'stop').replace('-', '_'))(request);
    case 'context-exceeded':
      return { play: 'answer', status: 400, body: kind.refusal(9) };
    case 'unavailable':
    case 'rejected':
    case 'hang':
      return failing(step);
  }
}

for (const [name, kind] of Object.entries(KINDS))
  describePolicyContract(name, async (step) => {
    const server = await startFakeChatServer((request) => played(kind, step, request));
    return {
      policy: aPolicy(kind, server, { retries: 0 }),
      calls: () => server.received.length,
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  });

describe.each(Object.entries(KINDS))('%s, asked in tokens', (_, kind) => {
  const first = idsOf(
    `<|im_start|>system\nYou repair code.<|im_end|>\n<|im_start|>user\n${aRequest.messages[1]?.content ?? ''}<|im_end|>\n<|im_start|>assistant\n`,
  );

  it('gets the prompt as the template writes it, and its reply is kept token by token', async () => {
    await using server = await startFakeChatServer(saying(kind, 'ls'));
    const chat = createChatTokens({ tokenizer: aModelDirectory() });
    const reply = await aPolicy(kind, server, { chat }).sample(aRequest, { signal: patient() });
    expect(server.received.map(kind.promptOf)).toEqual([first]);
    const completion = [...idsOf('ls'), idOf('<|im_end|>')];
    expect(reply).toEqual({
      text: 'ls',
      finish: 'stop',
      usage: { promptTokens: first.length, completionTokens: completion.length, costUsd: 0 },
      policyVersion: 7,
      tokens: { prompt: first, completion, logprobs: completion.map(() => -0.5) },
      modelFiles: chat.hashes,
    });
  });

  it('gets the conversation as it was sampled with what is new after it', async () => {
    await using server = await startFakeChatServer(saying(kind, 'ls'));
    const conversation = [...first, 116, 101, 115, 116, idOf('<|im_end|>')];
    const messages: PolicyRequest['messages'] = [
      ...aRequest.messages,
      { role: 'assistant', content: 'test', conversation },
      { role: 'user', content: 'testing' },
    ];
    await aPolicy(kind, server).sample({ ...aRequest, messages }, { signal: patient() });
    expect(server.received.map(kind.promptOf)).toEqual([
      [...conversation, ...idsOf('\n<|im_start|>user\ntesting<|im_end|>\n<|im_start|>assistant\n')],
    ]);
  });

  it('costs what the configuration says', async () => {
    await using server = await startFakeChatServer(saying(kind, 'ls'));
    const price = { promptUsdPerMillion: 1_000_000, completionUsdPerMillion: 2_000_000 };
    const { usage } = await aPolicy(kind, server, { price }).sample(aRequest, { signal: patient() });
    expect(usage.costUsd).toBe(usage.promptTokens + 2 * usage.completionTokens);
  });

  it('is asked for less when prompt and reply together do not fit', async () => {
    const room = first.length + 301;
    await using server = await startFakeChatServer((request) =>
      Number(kind.maxTokensOf(request)) > 300
        ? { play: 'answer', status: 400, body: kind.refusal(room) }
        : saying(kind, 'ls')(request),
    );
    expect((await aPolicy(kind, server).sample(aRequest, { signal: patient() })).text).toBe('ls');
    expect(server.received.map(kind.maxTokensOf)).toEqual([512, 300]);
  });

  it('is told at once that it does not say which tokens it has sampled', async () => {
    await using server = await startFakeChatServer([{ play: 'answer', body: kind.withoutTokens }]);
    const failure = await failureOf(aPolicy(kind, server).sample(aRequest, { signal: patient() }));
    expect(failure).toBeInstanceOf(PolicyRequestRejectedError);
    expect(server.received).toHaveLength(1);
  });

  it.each(['abort', 'error'])('is asked again when it has broken a reply off (%s)', async (finish) => {
    await using server = await startFakeChatServer((request, index) =>
      saying(kind, 'ls', index === 0 ? finish : 'stop')(request),
    );
    expect((await aPolicy(kind, server).sample(aRequest, { signal: patient() })).text).toBe('ls');
  });

  it('keeps a log-probability that is none as one', async () => {
    await using server = await startFakeChatServer((request) => ({
      play: 'answer',
      body: kind.answer(request, { completion: [5, 6], logprobs: [-0.5, null], finish: 'length' }),
    }));
    const { tokens } = await aPolicy(kind, server).sample(aRequest, { signal: patient() });
    expect(tokens?.logprobs).toEqual([-0.5, NaN]);
  });

  it('samples by temperature and top-p alone, by the seed, up to the end of the turn', async () => {
    await using server = await startFakeChatServer(saying(kind, 'ls'));
    await aPolicy(kind, server).sample(aRequest, { signal: patient() });
    const asked = JSON.stringify(server.received[0]?.body);
    for (const field of ['"temperature":1', '"top_p":0.95', '"top_k":-1', '"min_p":0', '"repetition_penalty":1'])
      expect(asked).toContain(field);
    expect(asked).toMatch(/"(?:sampling_)?seed":7/);
    expect(asked).toContain(`"stop_token_ids":[${idOf('<|im_end|>')}]`);
  });
});

it('keeps what vLLM says that it has read', async () => {
  await using server = await startFakeChatServer((request) => {
    const body = vllm.answer(request, { completion: [5], logprobs: [-1], finish: 'length' });
    const [choice] = [body.choices].flat();
    return { play: 'answer', body: { ...body, choices: [{ ...Object(choice), prompt_token_ids: [9, 8] }] } };
  });
  const { tokens, usage } = await aPolicy(vllm, server).sample(aRequest, { signal: patient() });
  expect(tokens?.prompt).toEqual([9, 8]);
  expect(usage.promptTokens).toBe(2);
});
