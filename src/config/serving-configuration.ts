import { z } from 'zod';

import { variableName } from './variable-name.ts';

/** The inference servers that new weights are published to; the model's name on them is the policy's. */
export const servingSchema = z.strictObject({
  kind: z
    .enum(['vllm', 'sglang', 'prime-rl'])
    .describe("vLLM takes LoRA adapters, SGLang whole weights, prime-rl's own servers both."),
  replicas: z
    .array(z.url())
    .min(1)
    .refine((urls) => new Set(urls).size === urls.length, { error: 'each replica is named once' })
    .describe('The URL of each server itself, not of what shares requests out among them.'),
  apiKeyEnv: variableName
    .optional()
    .describe("The name of the variable of the worker's environment that holds their key; never the key itself."),
  answerSeconds: z.number().positive().default(60).describe('For one answer of a replica.'),
  loadSeconds: z.number().positive().default(900).describe('For loading weights: 60 GB from a share take minutes.'),
});

export type ServingConfiguration = z.infer<typeof servingSchema>;
