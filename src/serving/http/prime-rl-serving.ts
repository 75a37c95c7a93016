import type { Serving } from '../serving.ts';
import { probeCompletion } from './completion-probe.ts';
import { adapterProblem, loadAdapter, sampledModel, unloadOthers } from './lora-adapters.ts';
import { createReplicaServing, type ServingOptions } from './replica-serving.ts';

/**
 * prime-rl's inference servers (v0.8.0): vLLM with an extension that loads whole weights from a directory. They say
 * nothing of the version of whole weights, so only the probe shows that those have arrived.
 */
export function createPrimeRlServing(options: ServingOptions): Serving {
  return createReplicaServing(
    {
      name: 'prime-rl',
      takes: ['weights', 'lora'],
      pause: async (replica, signal) => {
        // Replies that are being sampled go on afterwards.
        await replica.post('/pause?mode=keep', {}, signal);
      },
      resume: async (replica, signal) => {
        await replica.post('/resume', {}, signal);
      },
      load: async (replica, publication, signal) => {
        if (publication.kind === 'lora')
          return loadAdapter(replica, publication, { route: '/load_lora_adapter', signal });
        await replica.load('/update_weights', { weight_dir: publication.directory }, signal);
      },
      statesVersion: ({ kind }) => kind === 'lora',
      versionProblem: (replica, publication, signal) =>
        publication.kind === 'lora' ? adapterProblem(replica, publication, signal) : Promise.resolve(undefined),
      probe: (replica, publication, signal) =>
        probeCompletion(replica, { model: sampledModel(options, publication), signal }),
      tidy: unloadOthers,
    },
    options,
  );
}
