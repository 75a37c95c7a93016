import { join } from 'node:path';

import { Encoder } from '@msgpack/msgpack';

import { TrainerRefusedError } from '../../domain/failure/errors.ts';
import type { Sequence, TokenSequence } from '../../domain/training/sequence.ts';
import { beginDurableFile, type DurableFile } from '../durable-file.ts';
import { paddingBatch, toMicroBatch, type MicroBatch } from './micro-batch.ts';
import { packSequences } from './pack-sequences.ts';

export interface RankLayout {
  /** Data-parallel ranks of the trainer; each reads a file of its own. */
  readonly ranks: number;
  /** Most tokens of a micro-batch: the trainer's `seq_len`. */
  readonly sequenceTokens: number;
  /** What the tokens of a micro-batch are a multiple of, as context parallelism wants it. */
  readonly padToMultipleOf: number;
}

// Enough for bins to be filled well, and about 100 MB of lists at 131 072 tokens a bin.
const BINS_OF_A_WINDOW = 8;

/** An array of 2^32 elements at most, whose number follows (msgpack's array 32); written over when it is known. */
const ARRAY_32 = 0xdd;

export function rankFile(folder: string, rank: number): string {
  return join(folder, `rank_${rank}.bin`);
}

/**
 * Writes a step's sequences as one file for each rank, all with the same number of micro-batches.
 *
 * A file is a msgpack array. Its elements are encoded one by one and appended as they are made, and their number is
 * written over the header at the end. In memory: a window of eight micro-batches' sequences and one that is encoded,
 * whatever the size of the step. Each file gets its name when all of them are written.
 */
export async function writeRankFiles(
  folder: string,
  sequences: AsyncIterable<Sequence>,
  { layout, signal }: { readonly layout: RankLayout; readonly signal: AbortSignal },
): Promise<void> {
  const { ranks, sequenceTokens: binTokens, padToMultipleOf } = layout;
  const files = await beginRanks(folder, ranks);
  try {
    const packing = { binTokens, windowTokens: BINS_OF_A_WINDOW * binTokens };
    let next = 0;
    for await (const bin of packSequences(fitting(sequences, binTokens), packing)) {
      signal.throwIfAborted();
      await files[next % ranks]?.append(toMicroBatch(bin, padToMultipleOf));
      next += 1;
    }
    if (next === 0) throw new RangeError('a step without sequences is never written');
    for (; next % ranks !== 0; next += 1) await files[next % ranks]?.append(paddingBatch(padToMultipleOf));
    for (const file of files) await file.finish();
  } finally {
    await Promise.all(files.map((file) => file.discard()));
  }
}

interface RankFile extends DurableFile {
  append(batch: MicroBatch): Promise<void>;
}

async function beginRanks(folder: string, ranks: number): Promise<readonly RankFile[]> {
  const files: RankFile[] = [];
  try {
    for (let rank = 0; rank < ranks; rank += 1) files.push(await beginRank(rankFile(folder, rank)));
    return files;
  } catch (error) {
    await Promise.all(files.map((file) => file.discard()));
    throw error;
  }
}

async function beginRank(path: string): Promise<RankFile> {
  const begun = await beginDurableFile(path);
  // Half the size, and what a trainer computes with.
  const encoder = new Encoder({ forceFloat32: true });
  let batches = 0;
  await begun.file.appendFile(headerOf(0));
  return {
    ...begun,
    append: async (batch) => {
      await begun.file.appendFile(encoder.encodeSharedRef(batch));
      batches += 1;
    },
    finish: async () => {
      await begun.file.write(headerOf(batches), 0, undefined, 0);
      await begun.finish();
    },
  };
}

function headerOf(elements: number): Uint8Array {
  const header = Buffer.alloc(5);
  header.writeUInt8(ARRAY_32, 0);
  header.writeUInt32BE(elements, 1);
  return header;
}

/** A sequence that is too long is not cut: what it was rewarded for may stand at its end. */
async function* fitting(sequences: AsyncIterable<Sequence>, most: number): AsyncGenerator<TokenSequence> {
  for await (const sequence of sequences) {
    if (sequence.kind !== 'tokens')
      throw new TrainerRefusedError(`prime-rl trains on tokens, and sequence ${sequence.sequenceId} is of decisions`);
    const length = sequence.tokenIds.length;
    if (length > most)
      throw new TrainerRefusedError(
        `Sequence ${sequence.sequenceId} has ${length} tokens, and the trainer's seq_len is ${most}: raise seq_len there and here, or lower rollout.context_tokens`,
      );
    yield sequence;
  }
}
