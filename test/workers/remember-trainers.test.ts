import { describe, expect, it } from 'vitest';

import { trainerSchema } from '../../src/config/trainer-configuration.ts';
import { servingSchema } from '../../src/config/serving-configuration.ts';
import { InvalidConfigError } from '../../src/domain/failure/errors.ts';
import { createInMemoryStore } from '../../src/store/in-memory-store.ts';
import { rememberServings } from '../../src/workers/remember-servings.ts';
import { rememberTrainers } from '../../src/workers/remember-trainers.ts';

const KINDS = {
  embedded: { kind: 'embedded' },
  'tinker (skyrl)': { kind: 'tinker', baseUrl: 'http://127.0.0.1:1', server: 'skyrl', baseModel: 'base' },
  'prime-rl': { kind: 'prime-rl', outputDirectory: '/shared', sequenceTokens: 1024 },
  files: { kind: 'files', directory: '/shared', initialWeights: { kind: 'weights', directory: '/models/base' } },
};
const SERVINGS = { vllm: 'vLLM', sglang: 'SGLang', 'prime-rl': 'prime-rl' };

const trainers = async () => rememberTrainers((await createInMemoryStore()).blobs);
const served = (said: object) => ({
  ...servingSchema.parse({ replicas: ['http://127.0.0.1:1'], ...said }),
  model: 'base',
});

describe('the trainer of a configuration', () => {
  it.each(Object.entries(KINDS))('is one and the same for one configuration: %s', async (name, said) => {
    const trainerFor = await trainers();
    const trainer = trainerFor(trainerSchema.parse(said));
    expect(trainer.name).toBe(name);
    expect(trainer.takes).toBe(name === 'embedded' ? 'decisions' : 'tokens');
    expect(trainerFor(trainerSchema.parse(said))).toBe(trainer);
  });

  it('is not made without its key', async () => {
    const config = trainerSchema.parse({ ...KINDS['tinker (skyrl)'], apiKeyEnv: 'SELFPLAY_TEST_UNSET' });
    const trainerFor = await trainers();
    expect(() => trainerFor(config)).toThrow(InvalidConfigError);
    expect(() => trainerFor(config)).toThrow('training.trainer.api_key_env names SELFPLAY_TEST_UNSET');
  });
});

describe('the inference servers of a configuration', () => {
  it.each(Object.entries(SERVINGS))('are one and the same for one configuration: %s', (kind, name) => {
    const servingFor = rememberServings();
    expect(servingFor(served({ kind })).name).toBe(name);
    expect(servingFor(served({ kind }))).toBe(servingFor(served({ kind })));
    expect(servingFor(served({ kind }))).not.toBe(servingFor({ ...served({ kind }), model: 'other' }));
  });

  it('are not asked without their key', () => {
    const config = served({ kind: 'vllm', apiKeyEnv: 'SELFPLAY_TEST_UNSET' });
    expect(() => rememberServings()(config)).toThrow('training.serving.api_key_env names SELFPLAY_TEST_UNSET');
  });
});
