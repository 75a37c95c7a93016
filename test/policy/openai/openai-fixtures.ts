import { createOpenAIPolicy, type OpenAIPolicyOptions } from '../../../src/policy/openai/openai-policy.ts';
import { startFakeChatServer, type FakeChatServer, type Play } from '../../support/fake-chat-server.ts';
import { aRequest } from '../policy-contract.ts';

/** A signal of its own for each call, as each activity has one. */
export function patient(): AbortSignal {
  return new AbortController().signal;
}

export function aPolicy({ baseUrl }: FakeChatServer, options: Partial<OpenAIPolicyOptions> = {}) {
  return createOpenAIPolicy({
    baseUrl,
    model: 'test-model',
    timeoutMs: 5_000,
    retries: 2,
    maxConcurrency: 64,
    requestTokenIds: false,
    firstBackoffMs: 1,
    ...options,
  });
}

export async function replyTo(body: unknown, options: Partial<OpenAIPolicyOptions> = {}) {
  await using server = await startFakeChatServer([answer(body)]);
  return await aPolicy(server, options).sample(aRequest, { signal: patient() });
}

export function answer(body: unknown): Play {
  return { play: 'answer', body };
}
