/** One sampled reply: `logprobs[i]` is the log-probability of `completion[i]` under the sampling distribution. */
export interface SampledTokens {
  /** Everything that the policy read before it, from the first token of the conversation. */
  readonly prompt: readonly number[];
  readonly completion: readonly number[];
  readonly logprobs: readonly number[];
}

/** SHA-256 of the files that say which tokens a text is. */
export interface ModelFileHashes {
  readonly tokenizer: string;
  readonly chatTemplate: string;
}

/**
 * The same as the journal keeps it: a prompt begins with most of the conversation so far, so that only what is new in it
 * is written down. A rollout of n tokens is then n tokens long however many turns it has.
 */
export interface JournaledTokens extends SampledTokens {
  /** So many ids of the conversation begin the prompt, and `prompt` is what follows them. Without it `prompt` is whole. */
  readonly carried?: number;
}

/** What of the tokens is new after a conversation. */
export function journaledTokens(
  { prompt, ...sampled }: SampledTokens,
  conversation: readonly number[],
): JournaledTokens {
  const carried = carriedIds({ prompt }, conversation);
  return { carried, prompt: prompt.slice(carried), ...sampled };
}

/** Everything that was read and said through the last of these replies: what the next prompt begins with. */
export function conversationOf(replies: Iterable<JournaledTokens>): number[] {
  const ids: number[] = [];
  for (const reply of replies) {
    const carried = carriedIds(reply, ids);
    ids.length = carried;
    appendIds(ids, reply.prompt.slice(carried - (reply.carried ?? 0)));
    appendIds(ids, reply.completion);
  }
  return ids;
}

/** How many ids of a conversation begin the prompt of the next reply. */
export function carriedIds(
  { carried: known = 0, prompt }: Pick<JournaledTokens, 'carried' | 'prompt'>,
  conversation: readonly number[],
): number {
  if (known > conversation.length)
    throw new RangeError(`a prompt begins with ${known} ids of a conversation that has ${conversation.length}`);
  const most = Math.min(conversation.length, known + prompt.length);
  let carried = known;
  while (carried < most && conversation[carried] === prompt[carried - known]) carried += 1;
  return carried;
}

/** In place: a list of 131 072 arguments is more than a call takes. */
export function appendIds(ids: number[], more: readonly number[]): void {
  for (const id of more) ids.push(id);
}

/** Why the tokens can not be trained on; undefined when they can. */
export function tokensProblem({ completion, logprobs }: JournaledTokens): string | undefined {
  if (completion.length !== logprobs.length)
    return `${logprobs.length} log-probabilities for ${completion.length} sampled tokens`;
  return logprobs.every(isLogProbability) ? undefined : NO_LOG_PROBABILITY;
}

export const NO_LOG_PROBABILITY = 'a log-probability that is not finite, or above 0';

/** JSON has null for what is not finite. */
export function isLogProbability(value: number | null): boolean {
  return Number.isFinite(value) && Number(value) <= 0;
}
