import { z } from 'zod';

import { onShare } from '../durable-file.ts';
import { readKept } from '../read-kept.ts';
import type { Trainer } from '../trainer.ts';
import { weightsSchema, waitForReceipt, type Weights } from './receipt.ts';
import { stepFolder, writeStep } from './step-files.ts';

export interface FilesTrainerOptions {
  /** Shared with whoever trains; steps go into `steps/` of it. */
  readonly directory: string;
  /** What the run's first steps are sampled from. */
  readonly initialWeights: Weights;
  readonly lookEveryMs?: number | undefined;
}

// Looking costs one system call, and a step takes seconds at the least.
const LOOK_EVERY_MS = 1000;

const sessionSchema = z.object({
  trainer: z.literal('files'),
  runId: z.string(),
  /** Those of the last receipt. */
  weights: weightsSchema,
});
type FilesSession = z.infer<typeof sessionSchema>;

/**
 * Writes each step into a directory and waits until somebody has written a receipt beside it (docs/training.md#files).
 *
 * A call that is made again finds the step as it was written and waits for the same receipt. A checkpoint is where the
 * last weights lie: a trainer keeps beside them what it needs to go on. After a loss the same steps are asked for again,
 * and receipts that are there already answer them, so nothing is trained twice and nothing removed.
 */
export function createFilesTrainer({
  directory,
  initialWeights,
  lookEveryMs = LOOK_EVERY_MS,
}: FilesTrainerOptions): Trainer {
  return {
    name: 'files',
    takes: 'tokens',
    open: (runId) => Promise.resolve({ trainer: 'files', runId, weights: initialWeights } satisfies FilesSession),
    resume: (runId, checkpoint) => settled(() => ({ ...filesSession(checkpoint), runId })),
    trainStep: async (session, step, call) => {
      const before = filesSession(session);
      const folder = stepFolder(directory, step.manifest.step);
      await onShare(`write the step into ${folder}`, () => writeStep(folder, step, call.signal));
      const receipt = await waitForReceipt(folder, step.manifest, { ...call, everyMs: lookEveryMs });
      return { session: { ...before, weights: receipt.weights }, metrics: receipt.metrics };
    },
    checkpoint: (session) => settled(() => ({ session, kept: filesSession(session) })),
    publish: (session, version) => settled(() => ({ session, kept: { ...filesSession(session).weights, version } })),
    // Which weights are kept for how long is the business of whoever writes them.
    removeCheckpoint: () => Promise.resolve(),
  };
}

/** The value, or what making it throws, as the port promises it. */
function settled<Value>(make: () => Value): Promise<Value> {
  return Promise.resolve().then(make);
}

function filesSession(kept: unknown): FilesSession {
  return readKept(sessionSchema, kept, 'files');
}
