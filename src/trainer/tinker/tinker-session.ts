import { z } from 'zod';

import { readKept } from '../read-kept.ts';
import type { Checkpoint, TrainerSession } from '../trainer.ts';

const sessionSchema = z.object({
  format: z.literal('tinker-session-1'),
  runId: z.string(),
  sessionId: z.string(),
  modelId: z.string(),
  baseModel: z.string(),
  /** Of the model's next command. What is asked twice of one session has the same number, and is done once. */
  nextSeqId: z.int().min(1),
  wire: z.enum(['json', 'protobuf']),
});

/** What the next command needs to know, and nothing that a clock or chance has a part in. */
export type TinkerSession = Readonly<z.infer<typeof sessionSchema>>;

const checkpointSchema = z.object({
  format: z.literal('tinker-checkpoint-1'),
  runId: z.string(),
  modelId: z.string(),
  /** `tinker://MODEL/weights/NAME`. */
  path: z.string(),
});

export type TinkerCheckpoint = Readonly<z.infer<typeof checkpointSchema>>;

export function readSession(session: TrainerSession): TinkerSession {
  return readKept(sessionSchema, session, 'Tinker');
}

export function readCheckpoint(checkpoint: Checkpoint): TinkerCheckpoint {
  return readKept(checkpointSchema, checkpoint, 'Tinker');
}
