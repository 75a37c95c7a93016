import { z } from 'zod';

import { variableName } from './variable-name.ts';

const apiKeyEnv = variableName
  .optional()
  .describe("The name of the variable of the worker's environment that holds the key; never the key itself.");

const tinkerSchema = z.strictObject({
  kind: z.literal('tinker').describe('A server of the Tinker protocol: SkyRL, miles, hosted. It samples, too.'),
  baseUrl: z.url().describe('Without `/api/v1`.'),
  apiKeyEnv,
  apiKeyHeader: z
    .string()
    .min(1)
    .default('x-api-key')
    .describe('In which the key is sent; `Authorization` takes it as `Bearer`.'),
  headers: z
    .record(z.string(), z.string())
    .optional()
    .describe('Sent with every request, for gateways that route by them; no secrets.'),
  server: z
    .enum(['skyrl', 'miles', 'hosted'])
    .describe('Which program answers: they differ (docs/training.md#tinker).'),
  baseModel: z.string().min(1).describe('As the server names it.'),
  loraRank: z.int().positive().optional().describe('Of the LoRA adapter that is trained; by default all weights are.'),
  wire: z.enum(['auto', 'json', 'protobuf']).default('auto').describe('How tensors are sent; `auto` asks the server.'),
  reduction: z
    .enum(['sum', 'mean'])
    .default('sum')
    .describe('What the server does with the losses of a step; `mean` is SkyRL on JAX.'),
  vocabularySize: z.int().positive().optional().describe('Where it is given, ids outside of it are never sent.'),
  maxTokensPerRequest: z.int().positive().default(2_000_000).describe('A step is cut into requests.'),
  maxSequencesPerRequest: z.int().positive().default(1024).describe('As for tokens.'),
});

const primeRlSchema = z.strictObject({
  kind: z.literal('prime-rl').describe("prime-rl's stand-alone trainer, by its file system transport."),
  outputDirectory: z
    .string()
    .min(1)
    .describe("The trainer's `output_dir`, new for each run, under the same path for workers and inference servers."),
  checkpointDirectory: z.string().min(1).optional().describe('By default `checkpoints` in it.'),
  ranks: z.int().positive().default(1).describe('Data-parallel ranks of the trainer.'),
  sequenceTokens: z.int().positive().describe("The trainer's `seq_len`; at least `rollout.context_tokens`."),
  padToMultipleOf: z.int().positive().default(1).describe('For context parallelism: what tokens are a multiple of.'),
});

const filesSchema = z.strictObject({
  kind: z.literal('files').describe('A trainer of your own: steps are written, receipts are waited for.'),
  directory: z.string().min(1).describe('Shared with whoever trains, new for each run.'),
  initialWeights: z
    .strictObject({
      kind: z.enum(['lora', 'weights']).describe('A LoRA adapter, or whole weights.'),
      directory: z.string().min(1).describe('Where inference servers find them.'),
    })
    .describe('What the run begins with. vLLM, which loads adapters, has been started with whole weights.'),
});

export const trainerSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('embedded').describe('Policy gradient on the embedded policy, in the worker.'),
  }),
  tinkerSchema,
  primeRlSchema,
  filesSchema,
]);

export type TrainerConfiguration = z.infer<typeof trainerSchema>;

/** Whether it makes LoRA adapters, as far as its configuration tells. */
export function trainsAdapters(trainer: TrainerConfiguration): boolean {
  if (trainer.kind === 'tinker') return trainer.loraRank !== undefined;
  return trainer.kind === 'files' && trainer.initialWeights.kind === 'lora';
}
