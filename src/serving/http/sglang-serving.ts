import { z } from 'zod';

import { WeightsNotServedError } from '../../domain/failure/errors.ts';
import type { Serving } from '../serving.ts';
import { readAnswer, type Answer, type Replica } from './replica.ts';
import { PROBE_PROMPT } from './replica-protocol.ts';
import { createReplicaServing, type ServingOptions } from './replica-serving.ts';

const updateSchema = z.object({ success: z.boolean(), message: z.string().nullish() });
const versionSchema = z.object({ weight_version: z.union([z.string(), z.number()]) });
// One [log-probability, token id, text] for each token of the prompt; the first one has no log-probability.
const probeSchema = z.object({
  meta_info: z.object({
    input_token_logprobs: z.array(z.tuple([z.number().nullable(), z.number()]).rest(z.unknown())).min(2),
  }),
});

/** Whole weights on SGLang, which loads them from a directory and says their version with every reply. */
export function createSglangServing(options: ServingOptions): Serving {
  return createReplicaServing(
    {
      name: 'SGLang',
      takes: ['weights'],
      pause: async (replica, signal) => {
        // Replies that are being sampled are put back into the queue, and go on under the new weights. What is kept of
        // their prompts cannot be flushed otherwise.
        await replica.post('/pause_generation', { mode: 'retract' }, signal);
      },
      resume: async (replica, signal) => {
        await replica.post('/continue_generation', {}, signal);
      },
      load: async (replica, { directory, version }, signal) => {
        const body = { model_path: directory, weight_version: String(version) };
        const answer = await replica.load('/update_weights_from_disk', body, signal);
        const { success, message } = readAnswer(updateSchema, answer);
        if (!success)
          throw new WeightsNotServedError(`${answer.what} of ${directory} failed: ${message ?? answer.text}`);
        await replica.post('/flush_cache', {}, signal);
      },
      statesVersion: () => true,
      versionProblem: async (replica, { version }, signal) => {
        const served = readAnswer(versionSchema, await weightVersion(replica, signal)).weight_version;
        return String(served) === String(version) ? undefined : `it says version ${served}`;
      },
      probe: async (replica, _publication, signal) => {
        const sampling = { max_new_tokens: 1, temperature: 0 };
        const body = { text: PROBE_PROMPT, sampling_params: sampling, return_logprob: true, logprob_start_len: 0 };
        const { meta_info: meta } = readAnswer(probeSchema, await replica.post('/generate', body, signal));
        return meta.input_token_logprobs.flatMap(([logprob]) => (logprob === null ? [] : [logprob]));
      },
    },
    options,
  );
}

/** Newer servers have it among what they say of the model. */
async function weightVersion(replica: Replica, signal: AbortSignal): Promise<Answer> {
  try {
    return await replica.get('/get_weight_version', signal);
  } catch (error) {
    if (!(error instanceof WeightsNotServedError)) throw error;
    return replica.get('/model_info', signal);
  }
}
