import type { PolicyConfiguration } from '../config/configuration.ts';
import { snakeCase } from '../config/key-spelling.ts';
import { requireSecret } from '../config/store-configuration.ts';
import { createEmbeddedPolicy, type EmbeddedPolicyOptions } from '../policy/embedded/embedded-policy.ts';
import { createOpenAIPolicy } from '../policy/openai/openai-policy.ts';
import type { Policy } from '../policy/policy.ts';
import { createChatTokens, type ChatTokens, type ChatTokensOptions } from '../policy/token-in/chat-tokens.ts';
import { createTinkerPolicy } from '../policy/tinker/tinker-policy.ts';
import { createSglangServer } from '../policy/token-in/sglang-server.ts';
import { createTokenInPolicy } from '../policy/token-in/token-in-policy.ts';
import { createVllmServer } from '../policy/token-in/vllm-server.ts';
import { remember } from './remember.ts';

/** One policy for each configuration, so that all its rollouts share one limit of concurrency. */
export function rememberPolicies(readWeights: ReadWeights): (config: PolicyConfiguration) => Policy {
  const chatTokens = remember(createChatTokens);
  return remember((config: PolicyConfiguration) =>
    config.kind === 'embedded' ? createEmbeddedPolicy({ readWeights }) : createPolicy(config, chatTokens),
  );
}

type ReadWeights = NonNullable<EmbeddedPolicyOptions['readWeights']>;
type ServedPolicy = Exclude<PolicyConfiguration, { kind: 'embedded' }>;

function createPolicy(config: ServedPolicy, chatTokens: (options: ChatTokensOptions) => ChatTokens): Policy {
  const { apiKeyEnv, timeoutSeconds, ...rest } = config;
  const apiKey = apiKeyEnv === undefined ? undefined : requireSecret('policy.api_key_env', apiKeyEnv);
  const endpoint = { ...rest, timeoutMs: timeoutSeconds * 1000, apiKey };
  switch (config.kind) {
    case 'openai':
      return createOpenAIPolicy({ ...endpoint, requestTokenIds: config.requestTokenIds });
    case 'vllm':
      return createTokenInPolicy({ ...endpoint, server: createVllmServer(config), chat: chatTokens(writing(config)) });
    case 'sglang':
      return createTokenInPolicy({
        ...endpoint,
        server: createSglangServer(config),
        chat: chatTokens(writing(config)),
      });
    case 'tinker': {
      const { server, model: baseModel, apiKeyHeader } = config;
      return createTinkerPolicy({ ...endpoint, server, baseModel, apiKeyHeader, chat: chatTokens(writing(config)) });
    }
  }
}

/** A configuration has its keys in camelCase, a template its variables in snake_case. */
function writing({ tokenizer, chatTemplate, templateArguments = {} }: ChatTokensOptions): ChatTokensOptions {
  const named = Object.entries(templateArguments).map(([key, value]) => [snakeCase(key), value] as const);
  return { tokenizer, chatTemplate, templateArguments: Object.fromEntries(named) };
}
