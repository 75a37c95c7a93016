import type { Services } from '../activities/services/services.ts';
import { requireSecret } from '../config/store-configuration.ts';
import type { ServingConfiguration } from '../config/training-configuration.ts';
import { createPrimeRlServing } from '../serving/http/prime-rl-serving.ts';
import type { ServingOptions } from '../serving/http/replica-serving.ts';
import { createSglangServing } from '../serving/http/sglang-serving.ts';
import { createVllmServing } from '../serving/http/vllm-serving.ts';
import type { Serving } from '../serving/serving.ts';
import { remember } from './remember.ts';

const CREATE: Readonly<Record<ServingConfiguration['kind'], (options: ServingOptions) => Serving>> = {
  vllm: createVllmServing,
  sglang: createSglangServing,
  'prime-rl': createPrimeRlServing,
};

/** One for each configuration and model. */
export function rememberServings(): Services['servingFor'] {
  return remember(({ kind, replicas, apiKeyEnv, answerSeconds, loadSeconds, model }) =>
    CREATE[kind]({
      ...{ replicas, model, answerTimeoutMs: answerSeconds * 1000, loadTimeoutMs: loadSeconds * 1000 },
      apiKey: apiKeyEnv === undefined ? undefined : requireSecret('training.serving.api_key_env', apiKeyEnv),
    }),
  );
}
