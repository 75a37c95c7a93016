import { describe, expect, it } from 'vitest';

import {
  choiceOf,
  completionBody,
  failing,
  sglangBody,
  startFakeChatServer,
  vllmBody,
  type Play,
} from '../../support/fake-chat-server.ts';
import { readToolCall } from '../../../src/domain/protocol/tool-protocol.ts';
import { answer, aPolicy, patient, replyTo } from './openai-fixtures.ts';
import { aRequest, describePolicyContract, type PolicyStep } from '../policy-contract.ts';

const tokens = { prompt: [1, 2, 3], completion: [10, 11], logprobs: [-0.5, 0] };

describePolicyContract('openai', async (step) => {
  const server = await startFakeChatServer([played(step)]);
  return {
    policy: aPolicy(server),
    calls: () => server.received.length,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
});

describe('openai policy: request', () => {
  it('sends messages, sampling and seed, and the key as a bearer token', async () => {
    await using server = await startFakeChatServer([answer(completionBody('done'))]);
    await aPolicy(server, { apiKey: 'sk-1\n' }).sample(aRequest, { signal: patient() });
    expect(server.received).toMatchObject([
      { path: '/v1/chat/completions', headers: { authorization: 'Bearer sk-1' } },
    ]);
    expect(server.received[0]?.body).toEqual({
      model: 'test-model',
      messages: aRequest.messages,
      temperature: 1,
      top_p: 0.95,
      max_tokens: 512,
      seed: 7,
      stream: false,
    });
  });

  it('sends no authorization without a key', async () => {
    await using server = await startFakeChatServer([answer(completionBody('done'))]);
    await aPolicy(server, { apiKey: '' }).sample(aRequest, { signal: patient() });
    expect(server.received[0]?.headers.authorization).toBeUndefined();
  });

  it('asks vLLM and SGLang for token ids and for the undistorted distribution, only when told to', async () => {
    await using server = await startFakeChatServer([answer(completionBody('done'))]);
    await aPolicy(server, { requestTokenIds: true }).sample(aRequest, { signal: patient() });
    expect(server.received[0]?.body).toMatchObject({
      logprobs: true,
      return_token_ids: true,
      return_prompt_token_ids: true,
      return_meta_info: true,
      top_k: -1,
      min_p: 0,
      repetition_penalty: 1,
    });
  });
});

describe('openai policy: reply', () => {
  it('shows a call that the server took out of the text, so that it does not look like the end of the work', async () => {
    const call = { id: 'call_1', type: 'function', function: { name: 'bash', arguments: '{"command": "ls"}' } };
    const body = { choices: [{ message: { content: null, tool_calls: [call] }, finish_reason: 'tool_calls' }] };
    await using server = await startFakeChatServer([answer(body)]);
    const { text } = await aPolicy(server).sample(aRequest, { signal: patient() });
    expect(text).toContain('"name":"bash"');
    expect(readToolCall(text).kind).toBe('malformed');
  });

  it.each([
    ['vLLM', vllmBody('done', tokens), tokens],
    ['SGLang', sglangBody('done', tokens), tokens],
    ['a server without extensions', completionBody('done'), undefined],
    [
      'ids without log-probabilities',
      completionBody('done', { prompt_token_ids: [1], choices: [choiceOf('done', { token_ids: [2] })] }),
      undefined,
    ],
    ['log-probabilities of another length', vllmBody('done', { ...tokens, logprobs: [-1] }), undefined],
    ['ids without the prompt', { ...vllmBody('done', tokens), prompt_token_ids: null }, undefined],
    [
      'extensions in an unknown shape',
      completionBody('done', {
        prompt_token_ids: 'AQID',
        choices: [choiceOf('done', { token_ids: { a: 1 }, logprobs: [], meta_info: 3 })],
      }),
      undefined,
    ],
  ])('has exact tokens or none: %s', async (_server, body, expected) => {
    const reply = await replyTo(body);
    expect(reply.text).toBe('done');
    expect(reply.tokens).toEqual(expected);
  });

  it.each([
    ['the price', completionBody('done'), { promptUsdPerMillion: 2, completionUsdPerMillion: 10 }, 0.0004],
    [
      "the server's own figure",
      completionBody('done', { usage: { prompt_tokens: 1, completion_tokens: 1, cost: 0.03 } }),
      undefined,
      0.03,
    ],
    ['nothing', completionBody('done'), undefined, 0],
  ])('takes its cost from %s', async (_source, body, price, costUsd) => {
    expect((await replyTo(body, { price })).usage.costUsd).toBeCloseTo(costUsd, 10);
  });

  it('counts tokens itself when the server does not', async () => {
    const reply = await replyTo({ ...vllmBody('done', tokens), usage: null });
    expect(reply.usage).toMatchObject({ promptTokens: 3, completionTokens: 2 });
  });

  it('keeps reasoning out of the text', async () => {
    const message = { role: 'assistant', content: null, reasoning_content: '<tool: bash>\nrm -rf .\n</tool>' };
    expect((await replyTo(completionBody('', { choices: [{ message, finish_reason: 'length' }] }))).text).toBe('');
  });

  it("takes a refusal as the policy's own words", async () => {
    const message = { content: null, refusal: 'I cannot help with that.' };
    expect((await replyTo(completionBody('', { choices: [{ message }] }))).text).toBe('I cannot help with that.');
  });

  it.each([
    ["SGLang's weight version", sglangBody('done', tokens), {}, 12],
    ['a header', completionBody('done', { model: 'm@3' }), { 'x-policy-version': '41' }, 41],
    ['the returned name', completionBody('done', { model: 'runs/a/step_120' }), {}, 120],
    ['an unnumbered weight version', completionBody('done', { metadata: { weight_version: 'default' } }), {}, 0],
    ['the name of a published adapter', completionBody('done', { model: 'policy-v12' }), {}, 12],
    ["a model's own name", completionBody('done', { model: 'deepseek-v3' }), {}, 0],
    ['a date', completionBody('done', { model: 'model@20240620' }), {}, 0],
  ])('knows the policy version from %s', async (_source, body, headers, version) => {
    await using server = await startFakeChatServer([{ play: 'answer', body, headers }]);
    expect((await aPolicy(server).sample(aRequest, { signal: patient() })).policyVersion).toBe(version);
  });

  it('knows the policy version from the configured name', async () => {
    expect((await replyTo(completionBody('done', { model: null }), { model: 'mine@v9' })).policyVersion).toBe(9);
  });

  it('reads an answer that arrives slowly, in pieces that split characters', async () => {
    await using server = await startFakeChatServer([
      { play: 'drip', body: completionBody('done \u{1f40d}\u{1f40d}'), pauseMs: 1 },
    ]);
    expect((await aPolicy(server).sample(aRequest, { signal: patient() })).text).toBe('done \u{1f40d}\u{1f40d}');
  });
});

function played(step: PolicyStep): Play {
  switch (step.step) {
    case 'reply':
      return answer(
        completionBody('', {
          choices: [choiceOf(step.text, { finish_reason: (step.finish ?? 'stop').replace('-', '_') })],
        }),
      );
    case 'context-exceeded':
      return {
        play: 'answer',
        status: 400,
        body: { object: 'error', message: "This model's maximum context length is 9 tokens." },
      };
    case 'unavailable':
    case 'rejected':
    case 'hang':
      return failing(step);
  }
}
