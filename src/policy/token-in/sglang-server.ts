import { z } from 'zod';

import { PolicyRequestRejectedError } from '../../domain/failure/errors.ts';
import { mapFinishReason } from '../http/map-finish-reason.ts';
import { mapPolicyVersion } from '../http/map-policy-version.ts';
import { parsedJson } from '../../http/parsed-json.ts';
import { PLAIN_SAMPLING, type TokenServer } from './token-server.ts';

const generationSchema = z.object({
  meta_info: z.object({
    finish_reason: z.object({ type: z.string() }).nullish(),
    weight_version: z.union([z.string(), z.number()]).nullish(),
    // One [log-probability, token id, text] for each sampled token.
    output_token_logprobs: z.array(z.tuple([z.number().nullable(), z.int()]).rest(z.unknown())).nullish(),
  }),
});

/** SGLang's own `POST {base_url}/generate`; it says with each reply which weights have sampled it. */
export function createSglangServer({ baseUrl, model }: { baseUrl: string; model: string }): TokenServer {
  return {
    url: new URL(`${baseUrl.replace(/\/+$/, '')}/generate`),
    body: ({ prompt, sampling, seed, endOfTurn }) => ({
      input_ids: prompt,
      sampling_params: {
        max_new_tokens: sampling.maxTokens,
        temperature: sampling.temperature,
        top_p: sampling.topP,
        ...PLAIN_SAMPLING,
        // Heeded with --enable-deterministic-inference.
        sampling_seed: seed,
        stop_token_ids: [endOfTurn],
      },
      return_logprob: true,
      stream: false,
    }),
    read({ body, headers }, publication) {
      const meta = generationSchema.safeParse(parsedJson(body)).data?.meta_info;
      if (meta === undefined) return undefined;
      const finish = mapFinishReason(meta.finish_reason?.type);
      if (finish === undefined) return undefined;
      const sampled = meta.output_token_logprobs;
      if (sampled == null)
        throw new PolicyRequestRejectedError(
          `${model} answers without output_token_logprobs: policy.kind sglang needs SGLang's own /generate`,
        );
      const header = headers['x-policy-version'];
      const version = meta.weight_version;
      return {
        completion: sampled.map(([, id]) => id),
        // One that is none makes the trajectory untrainable, and is no reason to ask again.
        logprobs: sampled.map(([logprob]) => logprob ?? Number.NaN),
        finish,
        policyVersion: mapPolicyVersion(
          typeof header === 'string' ? header : undefined,
          version == null ? undefined : String(version),
          publication === undefined ? model : String(publication.version),
        ),
      };
    },
  };
}
