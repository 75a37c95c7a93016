import type { Overflow } from '../http/model-endpoint.ts';
import { costUsd, type TokenPrice } from '../http/token-price.ts';
import { withinContext } from '../http/within-context.ts';
import type { Policy, PolicyReply } from '../policy.ts';
import type { ChatTokens } from './chat-tokens.ts';
import type { TokenQuestion, TokenReply } from './token-server.ts';

export interface TokenPolicyOptions {
  readonly name: string;
  readonly chat: ChatTokens;
  readonly price?: TokenPrice | undefined;
  /** As whoever samples is asked: one reply, or the word that prompt and reply together are too long. */
  readonly ask: (question: TokenQuestion, signal: AbortSignal) => Promise<TokenReply | Overflow>;
}

/**
 * A policy that is asked in tokens and answers in tokens, so that a rollout of any number of turns is one sequence.
 *
 * The ids of a conversation are the truth and come with each request, so nothing is kept between two calls: a rollout
 * goes on at any worker that has the same tokenizer and template.
 */
export function createTokenPolicy({ name, chat, price, ask }: TokenPolicyOptions): Policy {
  return {
    name,
    async sample({ messages, sampling, seed, publication }, { signal }) {
      signal.throwIfAborted();
      const prompt = chat.promptOf(messages);
      const { endOfTurn } = chat;
      const askFor = async (maxTokens: number): Promise<PolicyReply | Overflow> => {
        const question = { prompt, sampling: { ...sampling, maxTokens }, seed, endOfTurn, publication };
        const outcome = await ask(question, signal);
        // What a server counts of a prompt is no better known than its tokens.
        return 'overflow' in outcome
          ? { overflow: { ...outcome.overflow, promptTokens: prompt.length } }
          : replyOf(outcome, { prompt, chat, price });
      };
      return withinContext(askFor, { maxTokens: sampling.maxTokens, model: name, publication });
    },
  };
}

function replyOf(
  { prompt: read, completion, logprobs, finish, policyVersion }: TokenReply,
  { prompt: sent, chat, price }: Pick<TokenPolicyOptions, 'chat' | 'price'> & { readonly prompt: readonly number[] },
): PolicyReply {
  // A server that begins every prompt with a token of its own has read that one too.
  const prompt = read ?? sent;
  const used = { promptTokens: prompt.length, completionTokens: completion.length };
  return {
    text: chat.textOf(completion),
    finish,
    usage: { ...used, costUsd: price === undefined ? 0 : costUsd(price, used) },
    policyVersion,
    tokens: { prompt, completion, logprobs },
    modelFiles: chat.hashes,
  };
}
