import { z } from 'zod';

import { InvalidInputError } from '../domain/failure/errors.ts';

const id = z.string().min(1);

const inputSchema = z.strictObject({
  config: z.union([id, z.record(z.string(), z.unknown())]),
  bugs: id,
  weights: z.strictObject({ run: id, step: z.int().min(0).optional() }).optional(),
});

/** What `policyEvaluation` is started with. */
export type EvaluationInput = z.infer<typeof inputSchema>;

/** Throws `InvalidInputError`, with each offending place, where this says no evaluation. */
export function readEvaluationInput(input: unknown): EvaluationInput {
  const parsed = inputSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new InvalidInputError(
    `${z.prettifyError(parsed.error)}\npolicyEvaluation takes {"config": "demo", "bugs": "held-out.jsonl", "weights": {"run": "RUN", "step": 3}}; "config" may be a whole configuration, "weights" and its "step" may be left out`,
  );
}
