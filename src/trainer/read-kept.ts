import { z } from 'zod';

import { TrainerRefusedError } from '../domain/failure/errors.ts';

/**
 * What a trainer has kept of itself, as a session or a checkpoint. One that it cannot read is another trainer's: the
 * run's configuration has changed.
 */
export function readKept<Schema extends z.ZodType>(schema: Schema, kept: unknown, trainer: string): z.infer<Schema> {
  const reading = schema.safeParse(kept);
  if (reading.success) return reading.data;
  throw new TrainerRefusedError(
    `What the run has kept of its trainer is not the ${trainer} trainer's (${z.prettifyError(reading.error)}). Go on with the trainer that the run began with.`,
  );
}
