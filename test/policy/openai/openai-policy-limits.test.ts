import { describe, expect, it } from 'vitest';

import { PolicyRequestRejectedError, PolicyUnavailableError } from '../../../src/domain/failure/errors.ts';
import { completionBody, startFakeChatServer, type Play } from '../../support/fake-chat-server.ts';
import { answer, aPolicy, patient } from './openai-fixtures.ts';
import { aRequest, failureOf } from '../policy-contract.ts';

describe('openai policy: context', () => {
  const refusal = (message: string, extra = {}): Play => ({
    play: 'answer',
    status: 400,
    body: { error: { message, ...extra } },
  });

  it.each([
    [
      'vLLM',
      refusal(
        "This model's maximum context length is 8192 tokens. However, you requested 9000 tokens (8488 in the messages, 512 in the completion).",
      ),
    ],
    [
      'vLLM, not counted to its end',
      refusal(
        "This model's maximum context length is 8192 tokens. However, you requested 512 output tokens and your prompt contains at least 7681 input tokens, for a total of at least 8193 tokens.",
      ),
    ],
    ['SGLang', refusal("The input (61709 tokens) is longer than the model's context length (40960 tokens).")],
    [
      'SGLang, with the reply',
      refusal(
        "Requested token count exceeds the model's maximum context length of 8192 tokens. You requested a total of 8700 tokens: 8188 tokens from the input messages and 512 tokens for the completion.",
      ),
    ],
    ['OpenAI', refusal('Too long.', { code: 'context_length_exceeded' })],
    [
      'a router with status 200',
      {
        play: 'answer',
        body: { error: { message: "This endpoint's maximum context length is 8192 tokens", code: 400 } },
      },
    ],
  ] satisfies [string, Play][])('that is full is a value: %s', async (_server, play) => {
    await using server = await startFakeChatServer([play]);
    expect((await aPolicy(server).sample(aRequest, { signal: patient() })).finish).toBe('context-exceeded');
    expect(server.received).toHaveLength(1);
  });

  it.each([
    "'max_tokens' or 'max_completion_tokens' is too large: 512. This model's maximum context length is 8192 tokens and your request has 7800 input tokens (512 > 8192 - 7800).",
    "Requested token count exceeds the model's maximum context length of 8192 tokens. You requested a total of 8312 tokens: 7800 tokens from the input messages and 512 tokens for the completion.",
  ])('that holds the prompt but not the longest reply gets a shorter one: %s', async (message) => {
    await using server = await startFakeChatServer([refusal(message), answer(completionBody('done'))]);
    expect((await aPolicy(server).sample(aRequest, { signal: patient() })).text).toBe('done');
    expect(server.received[1]?.body).toMatchObject({ max_tokens: 391, messages: aRequest.messages });
  });

  it('is not exceeded by a refusal for another reason', async () => {
    await using server = await startFakeChatServer([refusal('max_tokens must be at least 1')]);
    expect(await failureOf(aPolicy(server).sample(aRequest, { signal: patient() }))).toBeInstanceOf(
      PolicyRequestRejectedError,
    );
  });
});

describe('openai policy: time and abort', () => {
  it.each([
    ['hangs', { play: 'hang' }],
    ['drips for ever', { play: 'drip', body: 'x'.repeat(100_000), pauseMs: 5 }],
  ] satisfies [string, Play][])('leaves a server that %s, and closes the connection', async (_what, play) => {
    await using server = await startFakeChatServer([play]);
    const failure = await failureOf(aPolicy(server, { timeoutMs: 100 }).sample(aRequest, { signal: patient() }));
    expect(failure).toBeInstanceOf(PolicyUnavailableError);
    expect(String(failure)).toContain('no answer within 100 ms');
    await expect.poll(() => server.abandoned).toBe(1);
    expect(server.received).toHaveLength(1);
  });

  it('closes the connection when it is aborted', async () => {
    await using server = await startFakeChatServer([{ play: 'hang' }]);
    const controller = new AbortController();
    const failure = failureOf(aPolicy(server).sample(aRequest, { signal: controller.signal }));
    await expect.poll(() => server.received.length).toBe(1);
    controller.abort(new Error('cancelled'));
    expect(await failure).toMatchObject({ message: 'cancelled' });
    await expect.poll(() => server.abandoned).toBe(1);
  });

  it('does not wait out a Retry-After once it is aborted', async () => {
    await using server = await startFakeChatServer([
      { play: 'answer', status: 429, body: '', headers: { 'retry-after': '20' } },
    ]);
    const controller = new AbortController();
    const failure = failureOf(aPolicy(server).sample(aRequest, { signal: controller.signal }));
    await expect.poll(() => server.received.length).toBe(1);
    controller.abort(new Error('cancelled'));
    expect(await failure).toMatchObject({ message: 'cancelled' });
  });

  it('never asks for a rollout that was aborted while it waited for its place', async () => {
    await using server = await startFakeChatServer([{ play: 'answer', body: completionBody('done'), afterMs: 100 }]);
    const policy = aPolicy(server, { maxConcurrency: 1 });
    const first = policy.sample(aRequest, { signal: patient() });
    await expect.poll(() => server.received.length).toBe(1);
    const controller = new AbortController();
    const second = failureOf(policy.sample(aRequest, { signal: controller.signal }));
    controller.abort(new Error('cancelled'));
    expect(await second).toMatchObject({ message: 'cancelled' });
    await first;
    await policy.sample(aRequest, { signal: patient() });
    expect(server.received).toHaveLength(2);
  });
});

describe('openai policy: concurrency', () => {
  it('never exceeds its limit', async () => {
    await using server = await startFakeChatServer([{ play: 'answer', body: completionBody('done'), afterMs: 5 }]);
    const policy = aPolicy(server, { maxConcurrency: 3 });
    await Promise.all(Array.from({ length: 12 }, () => policy.sample(aRequest, { signal: patient() })));
    expect(server.peak).toBe(3);
  });

  it('is halved by a 429', async () => {
    const full: Play = { play: 'answer', status: 429, body: 'full' };
    const slow: Play = { play: 'answer', body: completionBody('done'), afterMs: 20 };
    await using server = await startFakeChatServer([full, slow]);
    const policy = aPolicy(server, { maxConcurrency: 8, retries: 0 });
    await failureOf(policy.sample(aRequest, { signal: patient() }));
    await Promise.all(Array.from({ length: 4 }, () => policy.sample(aRequest, { signal: patient() })));
    expect(server.peak).toBe(4);
    await Promise.all(Array.from({ length: 8 }, () => policy.sample(aRequest, { signal: patient() })));
    expect(server.peak).toBeLessThan(8);
  });
});
