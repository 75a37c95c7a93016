import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

import { TrainerRefusedError } from '../../domain/failure/errors.ts';
import type { Sequence } from '../../domain/training/sequence.ts';
import { readIfThere, writeDurably } from '../durable-file.ts';
import type { TrainingStep } from '../trainer.ts';

/** Names that sort as the steps do. */
export function stepFolder(directory: string, step: number): string {
  return join(directory, 'steps', String(step).padStart(6, '0'));
}

/**
 * Writes `sequences.jsonl.gz` and then `manifest.json`: where that one is, the step is complete. One sequence is in
 * memory at a time.
 */
export async function writeStep(folder: string, step: TrainingStep, signal: AbortSignal): Promise<void> {
  const path = join(folder, 'manifest.json');
  const manifest = `${JSON.stringify(step.manifest, undefined, 2)}\n`;
  const written = await readIfThere(path);
  if (written === manifest) return;
  if (written !== undefined)
    throw new TrainerRefusedError(
      `${path} is there already, of another step than step ${step.manifest.step} of run ${step.manifest.runId}. Give each run a directory of its own.`,
    );
  await mkdir(folder, { recursive: true });
  await writeDurably(join(folder, 'sequences.jsonl.gz'), async (file) => {
    // A write stream of the handle would keep it from being closed.
    const append = async (chunks: AsyncIterable<Uint8Array>) => {
      for await (const chunk of chunks) await file.appendFile(chunk);
    };
    try {
      await pipeline(Readable.from(linesOf(step.sequences())), createGzip(), append, { signal });
    } finally {
      // Its own error for an abort does not carry the reason.
      signal.throwIfAborted();
    }
  });
  await writeDurably(path, (file) => file.writeFile(manifest));
}

async function* linesOf(sequences: AsyncIterable<Sequence>): AsyncGenerator<string> {
  let lines = 0;
  for await (const sequence of sequences) {
    lines += 1;
    yield `${JSON.stringify(sequence)}\n`;
  }
  if (lines === 0) throw new RangeError('a step without sequences is never written');
}
