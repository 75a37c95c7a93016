import { z } from 'zod';

import { mapFinishReason } from '../http/map-finish-reason.ts';
import { mapPolicyVersion } from '../http/map-policy-version.ts';
import { parsedJson } from '../../http/parsed-json.ts';
import type { HttpAnswer } from '../../http/exchange.ts';
import { costUsd, type TokenPrice } from '../http/token-price.ts';
import type { SampledTokens } from '../../domain/record/sampled-tokens.ts';
import type { Publication } from '../../domain/training/publication.ts';
import type { PolicyReply, Usage } from '../policy.ts';

// An extension in a shape that we do not know is the same as none: the text is still a reply.
const tokenIds = z.array(z.int()).nullish().catch(null);

/** Calls that the server took out of the text; its arguments are JSON in a string. */
const toolCalls = z
  .array(z.object({ function: z.object({ name: z.string(), arguments: z.string().nullish() }) }))
  .nullish()
  .catch(null);

const choiceSchema = z.object({
  message: z.object({
    content: z.string().nullish(),
    refusal: z.string().nullish(),
    tool_calls: toolCalls,
  }),
  finish_reason: z.string().nullish(),
  token_ids: tokenIds,
  prompt_token_ids: tokenIds,
  logprobs: z
    .object({ content: z.array(z.object({ logprob: z.number() })).nullish() })
    .nullish()
    .catch(null),
  // SGLang: one [log-probability, token id, text] for each sampled token.
  meta_info: z
    .object({ output_token_logprobs: z.array(z.tuple([z.number(), z.int()]).rest(z.unknown())).nullish() })
    .nullish()
    .catch(null),
});

const completionSchema = z.object({
  model: z.string().nullish(),
  choices: z.tuple([choiceSchema]).rest(z.unknown()),
  usage: z
    .object({
      prompt_tokens: z.number().nullish(),
      completion_tokens: z.number().nullish(),
      cost: z.number().nullish(),
    })
    .nullish()
    .catch(null),
  // vLLM gives the prompt's ids here, SGLang in the choice.
  prompt_token_ids: tokenIds,
  metadata: z
    .object({ weight_version: z.union([z.string(), z.number()]).nullish() })
    .nullish()
    .catch(null),
});

type Completion = z.infer<typeof completionSchema>;
type Choice = z.infer<typeof choiceSchema>;

/**
 * The reply that an answer with status 200 holds; undefined when it holds none (an error body, no choice, a reply that
 * the server broke off, HTML, half a JSON).
 *
 * `reasoning_content` is left out of the text: it is not part of what later turns are shown, and a tool call in it is
 * not meant. The sampled token ids, where there are any, contain it, because it was sampled. Tool calls that a server
 * takes out of the text (it was told of no tools, and may be set up to find some) are put back as text: without them
 * the reply would look like the end of the work.
 */
export function readCompletion(
  answer: HttpAnswer,
  {
    model,
    price,
    publication,
  }: { model: string; price?: TokenPrice | undefined; publication?: Publication | undefined },
): PolicyReply | undefined {
  const completion = completionSchema.safeParse(parsedJson(answer.body)).data;
  if (completion === undefined) return undefined;
  const [choice] = completion.choices;
  const finish = mapFinishReason(choice.finish_reason);
  if (finish === undefined) return undefined;
  const tokens = sampledTokens(completion, choice);
  return {
    text: textOfMessage(choice.message),
    finish,
    usage: usageOf(completion, tokens, price),
    policyVersion: mapPolicyVersion(
      textOf(answer.headers['x-policy-version']),
      textOf(completion.metadata?.weight_version),
      // Whole weights have the model's name, whichever they are.
      publication === undefined ? completion.model : String(publication.version),
      model,
    ),
    ...(tokens === undefined ? {} : { tokens }),
  };
}

function textOfMessage({ content, refusal, tool_calls: calls }: Choice['message']): string {
  const found = (calls ?? []).map(({ function: { name, arguments: given } }) =>
    JSON.stringify({ name, arguments: given }),
  );
  return [content ?? refusal ?? '', ...found.map((call) => `<tool_call>\n${call}\n</tool_call>`)]
    .filter((part) => part !== '')
    .join('\n');
}

/** The tokens exactly as the server gives them; undefined unless prompt, completion and log-probabilities all fit. */
function sampledTokens(completion: Completion, choice: Choice): SampledTokens | undefined {
  const prompt = completion.prompt_token_ids ?? choice.prompt_token_ids;
  if (prompt == null) return undefined;
  const logprobs = choice.logprobs?.content?.map(({ logprob }) => logprob);
  if (choice.token_ids != null && logprobs?.length === choice.token_ids.length)
    return { prompt, completion: choice.token_ids, logprobs };
  const pairs = choice.meta_info?.output_token_logprobs;
  if (pairs == null) return undefined;
  return { prompt, completion: pairs.map(([, id]) => id), logprobs: pairs.map(([logprob]) => logprob) };
}

/** A server that counts nothing is taken at its tokens' number, else at 0: then only the context limit is its own. */
function usageOf({ usage }: Completion, tokens: SampledTokens | undefined, price: TokenPrice | undefined): Usage {
  const promptTokens = usage?.prompt_tokens ?? tokens?.prompt.length ?? 0;
  const completionTokens = usage?.completion_tokens ?? tokens?.completion.length ?? 0;
  const tokensUsed = { promptTokens, completionTokens };
  return { ...tokensUsed, costUsd: price === undefined ? (usage?.cost ?? 0) : costUsd(price, tokensUsed) };
}

function textOf(value: string | number | readonly string[] | null | undefined): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}
