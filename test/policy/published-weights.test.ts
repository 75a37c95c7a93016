import { describe, expect, it } from 'vitest';

import { PolicyRequestRejectedError, PolicyUnavailableError } from '../../src/domain/failure/errors.ts';
import type { Publication } from '../../src/domain/training/publication.ts';
import { createOpenAIPolicy } from '../../src/policy/openai/openai-policy.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { createChatTokens } from '../../src/policy/token-in/chat-tokens.ts';
import { createTokenInPolicy } from '../../src/policy/token-in/token-in-policy.ts';
import { createSglangServer } from '../../src/policy/token-in/sglang-server.ts';
import { createVllmServer } from '../../src/policy/token-in/vllm-server.ts';
import { completionBody, startFakeChatServer, type Play, type ReceivedRequest } from '../support/fake-chat-server.ts';
import { aRequest, failureOf } from './policy-contract.ts';
import { sglang, vllm } from './token-in/fake-token-servers.ts';
import { aModelDirectory } from './token-in/tiny-model.ts';

interface Kind {
  readonly create: (baseUrl: string) => Policy;
  /** A reply that names this as its model. */
  readonly answer: (request: ReceivedRequest, model: string) => Record<string, unknown>;
}

const options = { model: 'base', timeoutMs: 5_000, retries: 0, maxConcurrency: 4 };
const said = { completion: [5], logprobs: [-1], finish: 'length' };
const tokenIn = (create: typeof createVllmServer, baseUrl: string) =>
  createTokenInPolicy({
    ...{ ...options, server: create({ baseUrl, model: 'base' }) },
    chat: createChatTokens({ tokenizer: aModelDirectory() }),
  });

const BY_NAME: Readonly<Record<string, Kind>> = {
  openai: {
    create: (baseUrl) => createOpenAIPolicy({ ...options, baseUrl, requestTokenIds: true }),
    answer: (_, model) => completionBody('done', { model }),
  },
  vllm: {
    create: (baseUrl) => tokenIn(createVllmServer, baseUrl),
    answer: (request, model) => ({ ...vllm.answer(request, said), model }),
  },
};
const KINDS = {
  ...BY_NAME,
  sglang: {
    create: (baseUrl: string) => tokenIn(createSglangServer, baseUrl),
    answer: (request: ReceivedRequest) => ({ ...sglang.answer(request, said), meta_info: metaWithoutVersion() }),
  },
} satisfies Readonly<Record<string, Kind>>;

function metaWithoutVersion() {
  return { finish_reason: { type: 'length' }, output_token_logprobs: [[-1, 5, null]] };
}

const lora = { kind: 'lora', version: 3, directory: '/adapters/3' } as const;
const weights = { kind: 'weights', version: 3, directory: '/weights/3' } as const;

async function sampled({ create, answer }: Kind, publication: Publication | undefined, play?: Play) {
  const server = await startFakeChatServer(
    (request) => play ?? { play: 'answer', body: answer(request, String(request.body.model)) },
  );
  const sampling = create(server.baseUrl).sample(
    { ...aRequest, publication },
    { signal: new AbortController().signal },
  );
  const outcome = await sampling.catch((error: unknown) => error);
  await server[Symbol.asyncDispose]();
  return { outcome, asked: server.received.map(({ body }) => body.model) };
}

const missing: Play = { play: 'answer', status: 404, body: { message: 'The model does not exist.' } };

describe.each(Object.entries(BY_NAME))('a policy of the kind %s', (_, kind) => {
  it('samples from the adapter that is published, and from the model where none is', async () => {
    const published = await sampled(kind, lora);
    expect(published.asked).toEqual(['policy-v3']);
    expect(published.outcome).toMatchObject({ policyVersion: 3 });
    expect((await sampled(kind, undefined)).asked).toEqual(['base']);
  });

  it('waits for an adapter that the server does not have, not for a model', async () => {
    const { outcome } = await sampled(kind, lora, missing);
    expect(outcome).toBeInstanceOf(PolicyUnavailableError);
    expect(outcome).toMatchObject({ message: expect.stringContaining('(model policy-v3) answered 404') });
    expect((await sampled(kind, weights, missing)).outcome).toBeInstanceOf(PolicyRequestRejectedError);
  });
});

describe.each(Object.entries<Kind>(KINDS))('a policy of the kind %s', (_, kind) => {
  it('knows the version of whole weights, which have the name of the model', async () => {
    const { outcome, asked } = await sampled(kind, weights);
    expect(asked).not.toContain('policy-v3');
    expect(outcome).toMatchObject({ policyVersion: 3 });
  });

  it('knows the version under which a context was full', async () => {
    const full = { error: { message: "This model's maximum context length is 10 tokens. Your request has 20." } };
    const { outcome } = await sampled(kind, weights, { play: 'answer', status: 400, body: full });
    expect(outcome).toMatchObject({ finish: 'context-exceeded', policyVersion: 3 });
  });

  it('takes no weights that no inference server loads', async () => {
    await using server = await startFakeChatServer([missing]);
    const publication = { kind: 'embedded', version: 3, sha256: 'a', bytes: 1 } as const;
    const sampling = kind
      .create(server.baseUrl)
      .sample({ ...aRequest, publication }, { signal: new AbortController().signal });
    expect(await failureOf(sampling)).toBeInstanceOf(PolicyRequestRejectedError);
    expect(server.received).toEqual([]);
  });
});

it('a version that SGLang states itself counts', async () => {
  const kind = { ...KINDS.sglang, answer: (request: ReceivedRequest) => sglang.answer(request, said) };
  expect((await sampled(kind, weights)).outcome).toMatchObject({ policyVersion: 7 });
});
