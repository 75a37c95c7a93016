import { z } from 'zod';

import type { ValidationFacts } from '../../domain/checks/validation-facts.ts';
import type { BlobRef } from '../../domain/record/blob-ref.ts';
import { LedgerConflictError } from '../../domain/failure/errors.ts';
import type { Blobs } from '../../store/store.ts';

/** What commands read of stored content; fields that no command shows are left out (src/activities writes them). */
const blobRef = z.object({ sha256: z.string(), bytes: z.number() });

export const submissionFormat = z.object({ format: z.literal('submission-1'), files: z.record(z.string(), blobRef) });

export const secondOrderFormat = z.object({
  format: z.literal('second-order-bug-1'),
  submission: blobRef,
  failedPatch: blobRef,
});

export const keptFactsFormat = z.object({
  format: z.literal('validation-facts-1'),
  facts: z.custom<ValidationFacts>((facts) => typeof facts === 'object' && facts !== null),
});

export const replyFormat = z.object({
  format: z.literal('reply-1'),
  prompt: blobRef.nullish(),
  reply: z.object({ text: z.string(), finish: z.string() }),
});

export const observationFormat = z.object({
  format: z.literal('observation-1'),
  text: z.string(),
  commandMs: z.number(),
  recalled: z.object({ rolloutId: z.string(), turn: z.number() }).optional(),
});

export const promptFormat = z.array(z.object({ role: z.string(), content: z.string() }));

const roleShare = z.object({ rollouts: z.number() });

export const trainingStepFormat = z.object({
  format: z.literal('training-step-1'),
  byRole: z.object({ injector: roleShare, solver: roleShare }),
});

/** Content that is not what its reference promises is a mistake of ours, or of a store that is newer than we are. */
export async function readStored<Format extends z.ZodType>(
  blobs: Blobs,
  ref: BlobRef,
  format: Format,
): Promise<z.infer<Format>> {
  const parsed = format.safeParse(JSON.parse(await readText(blobs, ref)));
  if (parsed.success) return parsed.data;
  throw new LedgerConflictError(
    `the stored content ${ref.sha256} is of another format than this version reads: ${z.prettifyError(parsed.error)}`,
  );
}

export async function readText(blobs: Blobs, ref: BlobRef): Promise<string> {
  return Buffer.from(await blobs.get(ref)).toString('utf8');
}
