import { describe, expect, it } from 'vitest';

import { optimizerOf } from '../../src/config/optimizer-defaults.ts';
import { aConfiguration, type Said } from '../support/run-fixture.ts';

const server = { base_url: 'http://127.0.0.1:8000/v1', model: 'base' };
const vllm = { kind: 'vllm', ...server, tokenizer: '/models/base' };
const sglang = { ...vllm, kind: 'sglang' };
const chat = { kind: 'openai', ...server };
const chatInTokens = { ...chat, request_token_ids: true };
const embedded = { kind: 'embedded' };

const tinker = { kind: 'tinker', base_url: 'http://127.0.0.1:8001', server: 'skyrl', base_model: 'base' };
const primeRl = { kind: 'prime-rl', output_directory: '/shared/run', sequence_tokens: 131_072 };
const files = {
  kind: 'files',
  directory: '/shared/run',
  initial_weights: { kind: 'weights', directory: '/models/base' },
};
const adapters = { ...files, initial_weights: { kind: 'lora', directory: '/adapters/0' } };

const servedBy = (kind: string) => ({ kind, replicas: ['http://127.0.0.1:8000'] });

function read(policy: Said, trainer: Said, serving?: Said) {
  return aConfiguration({ policy, training: serving === undefined ? { trainer } : { trainer, serving } });
}

describe('policy, trainer and inference servers', () => {
  it.each([
    ['embedded', embedded, embedded, undefined],
    ['a Tinker server', { ...vllm, kind: 'tinker', base_url: 'http://127.0.0.1:8001' }, tinker, undefined],
    ['prime-rl with its own servers', vllm, primeRl, servedBy('prime-rl')],
    ['adapters of prime-rl on vLLM', vllm, primeRl, servedBy('vllm')],
    ['files and vLLM', vllm, files, servedBy('vllm')],
    ['adapters by files and vLLM', vllm, adapters, servedBy('vllm')],
    ['files and SGLang', sglang, files, servedBy('sglang')],
    ['chat that names its tokens', chatInTokens, files, servedBy('sglang')],
  ])('work together: %s', (_, policy, trainer, serving) => {
    expect(() => read(policy, trainer, serving)).not.toThrow();
  });

  it('SkyRL on JAX and episodes that wait for its steps', () => {
    const training = {
      trainer: { ...tinker, reduction: 'mean', lora_rank: 8 },
      ...{ max_lag: 0, batch: { injection_groups: 1 } },
    };
    expect(() => aConfiguration({ policy: { ...vllm, kind: 'tinker' }, training })).not.toThrow();
  });

  it.each([
    [vllm, embedded, undefined, 'training.trainer: the embedded trainer trains the embedded policy'],
    [embedded, embedded, servedBy('vllm'), 'training.serving: the embedded policy reads its weights from the store'],
    [embedded, files, undefined, 'training.trainer: it trains on tokens, and the embedded policy makes decisions'],
    [embedded, primeRl, servedBy('vllm'), 'training.trainer: it trains on tokens'],
    [vllm, tinker, undefined, 'training.trainer: what a Tinker server trains it samples from itself'],
    [
      ...[{ ...vllm, kind: 'tinker' }, files, undefined],
      'training.trainer: a Tinker server samples from what it has trained itself',
    ],
    [
      ...[{ ...vllm, kind: 'tinker' }, { ...tinker, server: 'hosted' }, undefined],
      'training.trainer.loraRank: a hosted server trains LoRA adapters only',
    ],
    [
      ...[{ ...vllm, kind: 'tinker' }, { ...tinker, reduction: 'mean', lora_rank: 8 }, undefined],
      'training.maxLag: SkyRL on JAX (reduction: mean) samples from the very adapter that it trains',
    ],
    [vllm, files, undefined, 'training.trainer: nobody would load the weights that it makes'],
    [vllm, primeRl, undefined, 'training.trainer: nobody would load the weights that it makes'],
    [chat, files, servedBy('vllm'), 'policy.requestTokenIds: without the tokens that were sampled nothing can be'],
    [sglang, files, servedBy('vllm'), 'training.serving: policy.kind sglang asks no server of kind vllm'],
    [vllm, files, servedBy('sglang'), 'training.serving: policy.kind vllm asks no server of kind sglang'],
    [sglang, adapters, servedBy('sglang'), 'training.trainer.initial_weights: SGLang is given whole weights'],
    [
      ...[vllm, { ...primeRl, sequence_tokens: 32_768 }, servedBy('prime-rl')],
      'training.trainer.sequence_tokens: a rollout may have 131072 tokens (rollout.context_tokens)',
    ],
    [vllm, files, { kind: 'vllm', replicas: [] }, 'training.serving.replicas: '],
    [vllm, files, { kind: 'vllm', replicas: ['http://a:1', 'http://a:1'] }, 'each replica is named once'],
    [vllm, files, { ...servedBy('vllm'), api_key_env: 'sk-1.2' }, 'training.serving.api_key_env: the NAME of an'],
    [vllm, { ...tinker, api_key_env: 'sk-1.2' }, undefined, 'training.trainer.api_key_env: the NAME of an'],
  ] as const)('are refused with the place and why: %o', (policy, trainer, serving, problem) => {
    expect(() => read(policy, trainer, serving)).toThrow(problem);
  });
});

describe('rates that are not said', () => {
  it('are those of the trainer', () => {
    const rates = (policy: Said, trainer: Said, serving?: Said, more: Said = {}) => {
      const { training } = read(policy, trainer, serving);
      if (training === undefined) throw new Error('nothing trains');
      return optimizerOf({ ...training, ...more });
    };
    expect(rates(embedded, embedded)).toEqual({ learningRate: 0.05, beta2: 0.999 });
    expect(rates(vllm, primeRl, servedBy('vllm'))).toEqual({ learningRate: 3e-6, beta2: 0.95 });
    expect(rates(vllm, adapters, servedBy('vllm'))).toEqual({ learningRate: 3e-5, beta2: 0.95 });
    expect(rates(embedded, embedded, undefined, { learningRate: 1 })).toEqual({ learningRate: 1, beta2: 0.999 });
  });
});
