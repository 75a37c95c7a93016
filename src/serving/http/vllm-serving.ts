import type { Serving } from '../serving.ts';
import { probeCompletion } from './completion-probe.ts';
import { adapterProblem, loadAdapter, sampledModel, unloadOthers } from './lora-adapters.ts';
import { createReplicaServing, type ServingOptions } from './replica-serving.ts';

/**
 * LoRA adapters on vLLM's own server, started with `--enable-lora`, `--max-loras 2` or more, and
 * `VLLM_ALLOW_RUNTIME_LORA_UPDATING=1`. Each version is a model of its own (`publishedName`), so replies that are being
 * sampled end under the weights that they began with, and nothing is paused.
 */
export function createVllmServing(options: ServingOptions): Serving {
  return createReplicaServing(
    {
      name: 'vLLM',
      takes: ['lora'],
      load: (replica, publication, signal) =>
        loadAdapter(replica, publication, { route: '/v1/load_lora_adapter', signal }),
      statesVersion: () => true,
      versionProblem: adapterProblem,
      probe: (replica, publication, signal) =>
        probeCompletion(replica, { model: sampledModel(options, publication), signal }),
      tidy: unloadOthers,
    },
    options,
  );
}
