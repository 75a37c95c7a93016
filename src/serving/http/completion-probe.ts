import { z } from 'zod';

import { readAnswer, type Replica } from './replica.ts';
import { PROBE_PROMPT } from './replica-protocol.ts';

const completionSchema = z.object({
  choices: z.tuple([z.object({ logprobs: z.object({ token_logprobs: z.array(z.number().nullable()).min(2) }) })]),
});

/**
 * Log-probabilities of the probe's tokens and of one more. The prompt's are worked out anew: vLLM takes them from no
 * prefix cache, which may be older than the weights.
 */
export async function probeCompletion(
  replica: Replica,
  { model, signal }: { readonly model: string; readonly signal: AbortSignal },
): Promise<readonly number[]> {
  const body = { model, prompt: PROBE_PROMPT, max_tokens: 1, temperature: 0, echo: true, logprobs: 1 };
  const { choices } = readAnswer(completionSchema, await replica.post('/v1/completions', body, signal));
  // The first token has none.
  return choices[0].logprobs.token_logprobs.filter((logprob) => logprob !== null);
}
