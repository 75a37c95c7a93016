import { z } from 'zod';

import { PolicyRequestRejectedError } from '../../domain/failure/errors.ts';
import { mapFinishReason } from '../http/map-finish-reason.ts';
import { mapPolicyVersion } from '../http/map-policy-version.ts';
import { servedModel } from '../http/served-model.ts';
import { parsedJson } from '../../http/parsed-json.ts';
import { PLAIN_SAMPLING, type TokenServer } from './token-server.ts';

const completionSchema = z.object({
  model: z.string().nullish(),
  choices: z
    .tuple([
      z.object({
        finish_reason: z.string().nullish(),
        prompt_token_ids: z.array(z.int()).nullish(),
        token_ids: z.array(z.int()).nullish(),
        logprobs: z.object({ token_logprobs: z.array(z.number().nullable()) }).nullish(),
      }),
    ])
    .rest(z.unknown()),
});

/** vLLM's `POST {base_url}/completions` with a prompt of token ids, which it answers with ids from version 0.10.2 on. */
export function createVllmServer({ baseUrl, model }: { baseUrl: string; model: string }): TokenServer {
  return {
    url: new URL(`${baseUrl.replace(/\/+$/, '')}/completions`),
    body: ({ prompt, sampling, seed, endOfTurn, publication }) => ({
      model: servedModel(model, publication),
      prompt,
      max_tokens: sampling.maxTokens,
      temperature: sampling.temperature,
      top_p: sampling.topP,
      ...PLAIN_SAMPLING,
      seed,
      stop_token_ids: [endOfTurn],
      stream: false,
      logprobs: 1,
      return_token_ids: true,
    }),
    read({ body, headers }, publication) {
      const completion = completionSchema.safeParse(parsedJson(body)).data;
      if (completion === undefined) return undefined;
      const [{ finish_reason: reason, prompt_token_ids: prompt, token_ids: ids, logprobs }] = completion.choices;
      const finish = mapFinishReason(reason);
      if (finish === undefined) return undefined;
      if (ids == null || logprobs == null)
        throw new PolicyRequestRejectedError(
          `${model} answers without token_ids or logprobs: policy.kind vllm needs vLLM from version 0.10.2`,
        );
      const version = headers['x-policy-version'];
      return {
        prompt: prompt ?? undefined,
        completion: ids,
        // One that is none makes the trajectory untrainable, and is no reason to ask again.
        logprobs: logprobs.token_logprobs.map((logprob) => logprob ?? Number.NaN),
        finish,
        policyVersion: mapPolicyVersion(
          typeof version === 'string' ? version : undefined,
          // Whole weights have the model's name, whichever they are.
          publication === undefined ? completion.model : String(publication.version),
          model,
        ),
      };
    },
  };
}
