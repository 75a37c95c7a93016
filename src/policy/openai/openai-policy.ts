import { createModelEndpoint, type ModelEndpointOptions } from '../http/model-endpoint.ts';
import type { HttpAnswer } from '../../http/exchange.ts';
import type { TokenPrice } from '../http/token-price.ts';
import { servedModel } from '../http/served-model.ts';
import { withinContext } from '../http/within-context.ts';
import type { Policy, PolicyRequest } from '../policy.ts';
import { readCompletion } from './openai-completion.ts';

export interface OpenAIPolicyOptions extends ModelEndpointOptions {
  /** Up to and including `/v1`. */
  readonly baseUrl: string;
  /** Without it the server's own figure counts, where it gives one. */
  readonly price?: TokenPrice | undefined;
  /** Ask for token ids and log-probabilities: for vLLM and SGLang, which have these extensions. Others may refuse. */
  readonly requestTokenIds: boolean;
}

/** Any OpenAI-compatible chat server: vLLM, SGLang, a hosted model. Tool calls are text; the server sees no tools. */
export function createOpenAIPolicy(options: OpenAIPolicyOptions): Policy {
  const { model, baseUrl } = options;
  const endpoint = createModelEndpoint(options);
  const url = new URL(`${baseUrl.replace(/\/+$/, '')}/chat/completions`);
  return {
    name: model,
    sample: async (request, { signal }) => {
      const { publication } = request;
      const asked = servedModel(model, publication);
      const ask = (maxTokens: number) => {
        const body = JSON.stringify(requestBody({ ...options, model: asked }, request, maxTokens));
        const read = (answer: HttpAnswer) => readCompletion(answer, { ...options, publication });
        return endpoint.ask({ url, body, model: asked, read }, signal);
      };
      return withinContext(ask, { maxTokens: request.sampling.maxTokens, model: asked, publication });
    },
  };
}

function requestBody(
  options: OpenAIPolicyOptions,
  { messages, sampling, seed }: PolicyRequest,
  maxTokens: number,
): object {
  return {
    model: options.model,
    messages: messages.map(({ role, content }) => ({ role, content })),
    temperature: sampling.temperature,
    top_p: sampling.topP,
    max_tokens: maxTokens,
    seed,
    // SGLang returns token ids only so, and nothing here could use half a reply.
    stream: false,
    ...(options.requestTokenIds ? trainingFields : {}),
  };
}

const trainingFields = {
  logprobs: true,
  // vLLM from 0.10.2, SGLang from July 2026.
  return_token_ids: true,
  // SGLang from 0.5.13.
  return_prompt_token_ids: true,
  return_meta_info: true,
  // Both servers otherwise take these from the model's generation_config.json, and then the log-probabilities are of
  // another distribution than the trainer's.
  top_k: -1,
  min_p: 0,
  repetition_penalty: 1,
} as const;
