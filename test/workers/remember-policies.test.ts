import { afterEach, describe, expect, it, vi } from 'vitest';

import type { PolicyConfiguration } from '../../src/config/configuration.ts';
import { readConfiguration } from '../../src/config/read-configuration.ts';
import { InvalidConfigError } from '../../src/domain/failure/errors.ts';
import { startFakeTinkerServer } from '../../src/tinker/fake/fake-tinker-server.ts';
import { rememberPolicies } from '../../src/workers/remember-policies.ts';
import { aRequest } from '../policy/policy-contract.ts';
import { sglang, vllm } from '../policy/token-in/fake-token-servers.ts';
import { aModelDirectory, CHAT_ML, idsOf } from '../policy/token-in/tiny-model.ts';
import { startFakeChatServer } from '../support/fake-chat-server.ts';

/** As somebody writes it. */
function policyOf(policy: Record<string, unknown>): PolicyConfiguration {
  const document = { subjects: [{ directory: '/srv/project' }], policy, injection_groups: 1 };
  return readConfiguration(document, 'the test').policy;
}

const signal = new AbortController().signal;

const noWeights = () => Promise.reject(new Error('nothing is published'));

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('the policy of a configuration', () => {
  it.each(Object.entries({ vllm, sglang }))(
    'of the kind %s is asked in tokens, as the configuration says',
    async (kind, server) => {
      await using fake = await startFakeChatServer((request) => ({
        play: 'answer',
        body: server.answer(request, { completion: idsOf('ls'), logprobs: [-1], finish: 'length' }),
      }));
      const thinking = "assistant\\n' + ('' if enable_thinking else 'No thoughts. ') -}}";
      const template = CHAT_ML.replace("assistant\\n' -}}", thinking).replace(
        '+ message.content',
        `+ ('No thoughts. ' if message.role == 'assistant' and not enable_thinking else '') + message.content`,
      );
      const policy = rememberPolicies(noWeights)(
        policyOf({
          ...{ kind, base_url: fake.baseUrl, model: 'tiny', tokenizer: aModelDirectory({ template }) },
          template_arguments: { enable_thinking: false },
        }),
      );
      expect((await policy.sample(aRequest, { signal })).text).toBe('ls');
      const [asked] = fake.received.map(server.promptOf);
      expect(asked?.slice(-idsOf('No thoughts. ').length)).toEqual(idsOf('No thoughts. '));
    },
  );

  it('of the kind tinker is asked on its server, with the key in the header that it takes', async () => {
    await using fake = await startFakeTinkerServer({ vocabularySize: 300 });
    vi.stubEnv('TINKER_KEY', 'secret');
    const policy = rememberPolicies(noWeights)(
      policyOf({
        ...{ kind: 'tinker', base_url: fake.baseUrl, model: 'tiny', tokenizer: aModelDirectory() },
        ...{ api_key_env: 'TINKER_KEY', api_key_header: 'authorization' },
      }),
    );
    const { tokens } = await policy.sample(aRequest, { signal });
    expect(tokens?.completion.length).toBeGreaterThan(0);
    expect(fake.received.map(({ headers }) => headers.authorization)).toEqual(fake.received.map(() => 'Bearer secret'));
  });

  it('is one and the same for one configuration', () => {
    const policyFor = rememberPolicies(noWeights);
    const config = { kind: 'openai', base_url: 'http://127.0.0.1:1/v1', model: 'tiny' };
    expect(policyFor(policyOf(config))).toBe(policyFor(policyOf(config)));
    expect(policyFor(policyOf({ ...config, model: 'other' })).name).toBe('other');
  });

  it('names what is wrong with a template before anything is asked', () => {
    const tokenizer = aModelDirectory({ template: '{{ messages[-1].content }}' });
    const config = policyOf({ kind: 'vllm', base_url: 'http://127.0.0.1:1/v1', model: 'tiny', tokenizer });
    expect(() => rememberPolicies(noWeights)(config)).toThrow(InvalidConfigError);
  });
});
