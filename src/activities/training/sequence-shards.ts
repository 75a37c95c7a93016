import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';

import { z } from 'zod';

import type { Sequence } from '../../domain/training/sequence.ts';
import type { TrainingShard } from '../../domain/training/training-step.ts';
import type { Blobs } from '../../store/store.ts';

/**
 * The text of one shard before compression, at least: all that is held of a step at once. A sequence of 131 072 tokens is
 * some two megabytes.
 */
const SHARD_BYTES = 16 * 1024 * 1024;

/** Writes sequences into shards, one after the other, so that a step of any length takes the memory of one shard. */
export function createShardWriter(blobs: Blobs) {
  const shards: TrainingShard[] = [];
  let lines: string[] = [];
  let bytes = 0;
  let units = 0;

  const flush = async (): Promise<void> => {
    if (lines.length === 0) return;
    // No time stands in it: the same sequences are the same content.
    const content = await promisify(gzip)(`${lines.join('\n')}\n`);
    shards.push({ content: await blobs.put(content), sequences: lines.length, units });
    [lines, bytes, units] = [[], 0, 0];
  };

  return {
    add: async (sequence: Sequence): Promise<void> => {
      const line = JSON.stringify(sequence);
      lines.push(line);
      bytes += line.length;
      units += sequence.kind === 'tokens' ? sequence.tokenIds.length : sequence.decisions.length;
      if (bytes >= SHARD_BYTES) await flush();
    },
    finish: async (): Promise<readonly TrainingShard[]> => {
      await flush();
      return shards;
    },
  };
}

/** Reads the sequences back in their order, one at a time. */
export async function* readShards(blobs: Blobs, shards: readonly TrainingShard[]): AsyncGenerator<Sequence> {
  for (const { content } of shards) {
    const text = (await promisify(gunzip)(await blobs.get(content))).toString('utf8');
    for (const line of text.trimEnd().split('\n')) yield z.custom<Sequence>().parse(JSON.parse(line));
  }
}
