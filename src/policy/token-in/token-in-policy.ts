import { createModelEndpoint, type ModelEndpointOptions, type Overflow } from '../http/model-endpoint.ts';
import { costUsd, type TokenPrice } from '../http/token-price.ts';
import { servedModel } from '../http/served-model.ts';
import { withinContext } from '../http/within-context.ts';
import type { Policy, PolicyReply } from '../policy.ts';
import type { ChatTokens } from './chat-tokens.ts';
import type { TokenReply, TokenServer } from './token-server.ts';

export interface TokenInPolicyOptions extends ModelEndpointOptions {
  readonly server: TokenServer;
  readonly chat: ChatTokens;
  readonly price?: TokenPrice | undefined;
}

/**
 * A server that is asked in tokens and answers in tokens, so that a rollout of any number of turns is one sequence.
 *
 * The ids of a conversation are the truth and come with each request, so nothing is kept between two calls: a rollout
 * goes on at any worker that has the same tokenizer and template.
 */
export function createTokenInPolicy(options: TokenInPolicyOptions): Policy {
  const { server, chat, model } = options;
  const endpoint = createModelEndpoint(options);
  return {
    name: model,
    async sample({ messages, sampling, seed, publication }, { signal }) {
      signal.throwIfAborted();
      const asked = servedModel(model, publication);
      const prompt = chat.promptOf(messages);
      const ask = async (maxTokens: number): Promise<PolicyReply | Overflow> => {
        const { endOfTurn } = chat;
        const question = { prompt, sampling: { ...sampling, maxTokens }, seed, endOfTurn, publication };
        const outcome = await endpoint.ask(
          {
            ...{ url: server.url, body: JSON.stringify(server.body(question)), model: asked },
            read: (answer) => server.read(answer, publication),
          },
          signal,
        );
        // What a server counts of a prompt is no better known than its tokens.
        return 'overflow' in outcome
          ? { overflow: { ...outcome.overflow, promptTokens: prompt.length } }
          : replyOf(outcome, { prompt, ...options });
      };
      return withinContext(ask, { maxTokens: sampling.maxTokens, model: asked, publication });
    },
  };
}

function replyOf(
  { prompt: read, completion, logprobs, finish, policyVersion }: TokenReply,
  { prompt: sent, chat, price }: Pick<TokenInPolicyOptions, 'chat' | 'price'> & { readonly prompt: readonly number[] },
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
