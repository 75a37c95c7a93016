import { z } from 'zod';

import { createSglangServer } from '../../../src/policy/token-in/sglang-server.ts';
import type { TokenServer } from '../../../src/policy/token-in/token-server.ts';
import { createVllmServer } from '../../../src/policy/token-in/vllm-server.ts';
import type { ReceivedRequest } from '../../support/fake-chat-server.ts';

/** What a model behind a server samples for one prompt. */
export interface Sampled {
  readonly completion: readonly number[];
  readonly logprobs: readonly (number | null)[];
  readonly finish: string;
}

/** A kind of server, as the policy speaks to it and as it answers. */
export interface TokenServerKind {
  readonly create: (baseUrl: string) => TokenServer;
  readonly promptOf: (request: ReceivedRequest) => readonly number[];
  readonly maxTokensOf: (request: ReceivedRequest) => unknown;
  readonly answer: (request: ReceivedRequest, sampled: Sampled) => Record<string, unknown>;
  /** The same without what says which tokens were sampled. */
  readonly withoutTokens: Record<string, unknown>;
  /** In its own words, for a prompt of 5000 tokens and a context of so many. */
  readonly refusal: (contextTokens: number) => Record<string, unknown>;
}

export const vllm: TokenServerKind = {
  create: (baseUrl) => createVllmServer({ baseUrl, model: 'tiny@v7' }),
  promptOf: ({ body }) => numbers(body.prompt),
  maxTokensOf: ({ body }) => body.max_tokens,
  answer: (request, { completion, logprobs, finish }) => ({
    ...{ id: 'cmpl-1', object: 'text_completion', model: 'tiny@v7' },
    choices: [
      {
        ...{ index: 0, text: 'never read', finish_reason: finish, token_ids: completion },
        prompt_token_ids: vllm.promptOf(request),
        logprobs: { token_logprobs: logprobs, tokens: [], top_logprobs: [], text_offset: [] },
      },
    ],
    usage: { prompt_tokens: vllm.promptOf(request).length, completion_tokens: completion.length },
  }),
  withoutTokens: { object: 'text_completion', choices: [{ index: 0, text: 'ls', finish_reason: 'stop' }] },
  refusal: (contextTokens) => ({
    error: { message: `This model's maximum context length is ${contextTokens} tokens. Your request is too long.` },
  }),
};

export const sglang: TokenServerKind = {
  create: (baseUrl) => createSglangServer({ baseUrl, model: 'tiny' }),
  promptOf: ({ body }) => numbers(body.input_ids),
  maxTokensOf: ({ body }) => z.object({ max_new_tokens: z.unknown() }).parse(body.sampling_params).max_new_tokens,
  answer: (request, { completion, logprobs, finish }) => ({
    text: 'never read',
    meta_info: {
      ...{ id: '1', weight_version: '7', finish_reason: { type: finish } },
      ...{ prompt_tokens: sglang.promptOf(request).length, completion_tokens: completion.length },
      output_token_logprobs: completion.map((id, index) => [logprobs[index], id, null]),
    },
  }),
  withoutTokens: { text: 'ls', meta_info: { id: '1', finish_reason: { type: 'stop' } } },
  refusal: (contextTokens) => ({
    error: {
      message: `Input length (5000 tokens) exceeds the maximum allowed length (${contextTokens} tokens). The context length is ${contextTokens} tokens.`,
    },
  }),
};

function numbers(value: unknown): readonly number[] {
  return Array.isArray(value) ? value.filter((id) => typeof id === 'number') : [];
}
