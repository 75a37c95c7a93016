import { z } from 'zod';

import { InvalidInputError } from '../domain/failure/errors.ts';
import { episodeConfigurationSchema } from './configuration.ts';
import { keptSubjectSchema } from './kept-subject-schema.ts';

const id = z.string().min(1);

const strategySchema = z.enum(['removal', 'history', 'direct']);

const weightsOfStep = z.strictObject({ run: id, step: z.int().min(0) });

const episodeInputSchema = z.strictObject({
  runId: id,
  episodeId: id,
  subject: keptSubjectSchema,
  strategy: strategySchema,
  seed: z.int().min(0),
  groupId: id.nullable(),
  bug: id.optional(),
  weights: weightsOfStep.optional(),
  parent: z.strictObject({ artifactId: id, injectorRolloutId: id.nullable() }).nullable(),
  config: episodeConfigurationSchema,
});

const { policy, rollout, sandbox, validation } = episodeConfigurationSchema.shape;

const rolloutSettingSchema = z.strictObject({
  rolloutId: id,
  owner: z.strictObject({ runId: id, episodeId: id }),
  subject: keptSubjectSchema,
  task: z.discriminatedUnion('role', [
    z.strictObject({ role: z.literal('injector'), strategy: strategySchema, validation }),
    z.strictObject({ role: z.literal('solver'), artifactId: id }),
  ]),
  attempt: z.int().min(0),
  seed: z.int().min(0),
  weights: z.union([z.enum(['starting', 'published']), weightsOfStep]),
  policy,
  rollout,
  sandbox,
});

/** Throws `InvalidInputError`, with each offending place, where this is not the input of an episode. */
export function checkEpisodeInput(input: unknown): void {
  check(episodeInputSchema, input, 'selfPlayEpisode is started by selfPlayTraining, which draws its input');
}

/** Throws `InvalidInputError`, with each offending place, where this is not the input of a rollout. */
export function checkRolloutSetting(input: unknown): void {
  check(rolloutSettingSchema, input, 'agentRollout is started by selfPlayEpisode, which draws its input');
}

function check(schema: z.ZodType, input: unknown, wayOut: string): void {
  const { error } = schema.safeParse(input);
  if (error !== undefined) throw new InvalidInputError(`${z.prettifyError(error)}\n${wayOut}`);
}
