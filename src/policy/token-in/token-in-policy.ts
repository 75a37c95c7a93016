import { createModelEndpoint, type ModelEndpointOptions } from '../http/model-endpoint.ts';
import { servedModel } from '../http/served-model.ts';
import type { Policy } from '../policy.ts';
import { createTokenPolicy, type TokenPolicyOptions } from './token-policy.ts';
import type { TokenServer } from './token-server.ts';

export interface TokenInPolicyOptions extends ModelEndpointOptions, Pick<TokenPolicyOptions, 'chat' | 'price'> {
  readonly server: TokenServer;
}

/** An inference server that takes a prompt in tokens and answers with the tokens that it has sampled. */
export function createTokenInPolicy(options: TokenInPolicyOptions): Policy {
  const { server, model, chat, price } = options;
  const endpoint = createModelEndpoint(options);
  return createTokenPolicy({
    ...{ name: model, chat, price },
    ask: (question, signal) => {
      const { publication } = question;
      const asked = servedModel(model, publication);
      const read = (answer: Parameters<TokenServer['read']>[0]) => server.read(answer, publication);
      return endpoint.ask({ url: server.url, body: JSON.stringify(server.body(question)), model: asked, read }, signal);
    },
  });
}
