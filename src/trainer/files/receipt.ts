import { join, resolve } from 'node:path';
import { z } from 'zod';

import { TrainerRefusedError } from '../../domain/failure/errors.ts';
import type { TrainingManifest } from '../../domain/training/training-step.ts';
import { onShare, readIfThere } from '../durable-file.ts';
import { waitUntil, type Wait } from '../wait-until.ts';

export const weightsSchema = z.object({ kind: z.enum(['lora', 'weights']), directory: z.string().min(1) });
/** Where weights lie that inference servers can load. */
export type Weights = z.infer<typeof weightsSchema>;

const receiptSchema = z.object({
  format: z.literal('training-receipt-1'),
  step: z.int(),
  policyVersion: z.int(),
  weights: weightsSchema,
  metrics: z.record(z.string(), z.number()).default({}),
});
type Receipt = z.infer<typeof receiptSchema>;

/** The receipt that somebody writes into the step's folder; a path in it may be relative to that folder. */
export async function waitForReceipt(
  folder: string,
  manifest: TrainingManifest,
  wait: Omit<Wait, 'what'>,
): Promise<Receipt> {
  const path = join(folder, 'receipt.json');
  let before: string | undefined;
  const look = async (): Promise<Receipt | undefined> => {
    const text = await onShare(`read ${path}`, () => readIfThere(path));
    if (text === undefined) return undefined;
    // Half a file is not JSON: what is still being written is different when it is read again.
    const half = before !== text && !isJson(text);
    before = text;
    return half ? undefined : readReceipt(path, text, manifest);
  };
  const receipt = await waitUntil(look, { ...wait, what: path });
  return { ...receipt, weights: { ...receipt.weights, directory: resolve(folder, receipt.weights.directory) } };
}

function readReceipt(path: string, text: string, { step, policyVersion }: TrainingManifest): Receipt {
  if (!isJson(text)) throw refused(path, 'it is no JSON');
  const reading = receiptSchema.safeParse(JSON.parse(text));
  if (!reading.success) {
    const problems = reading.error.issues.map((issue) => `${issue.path.join('.') || 'all of it'}: ${issue.message}`);
    throw refused(path, problems.join('; '));
  }
  const receipt = reading.data;
  if (receipt.step !== step) throw refused(path, `step: is ${receipt.step}, and the step is ${step}`);
  if (receipt.policyVersion !== policyVersion + 1)
    throw refused(
      path,
      `policyVersion: is ${receipt.policyVersion}, and what step ${step} makes of version ${policyVersion} is version ${policyVersion + 1}`,
    );
  return receipt;
}

function refused(path: string, problem: string): TrainerRefusedError {
  return new TrainerRefusedError(`${path}: ${problem} (docs/training.md#files has the format)`);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
