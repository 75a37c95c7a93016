import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { TokenSequence } from '../../../src/domain/training/sequence.ts';
import { rankFile, writeRankFiles, type RankLayout } from '../../../src/trainer/prime-rl/rank-files.ts';
import { removeDirectory, temporaryDirectory } from '../../store/temporary-directory.ts';
import { trainerPython } from '../../support/trainer-python.ts';
import { aTokenSequence, aTrainingStep } from '../a-training-step.ts';

const numbers = z.array(z.number());
const filesSchema = z.array(
  z.array(
    z.strictObject({
      input_ids: numbers,
      loss_mask: z.array(z.boolean()),
      advantages: numbers,
      inference_logprobs: numbers,
      position_ids: numbers,
      sequence_lengths: numbers,
      temperatures: numbers,
      env_names: z.array(z.string()),
      seq_lens: numbers,
      ...Object.fromEntries(
        [
          'ref_logprobs',
          'routed_experts',
          'mm_kwargs',
          'mm_token_type_ids',
          'rl_weights',
          'ce_weights',
          'ref_kl_weights',
        ].map((absent) => [absent, z.null()] as const),
      ),
    }),
  ),
);
type Batch = z.infer<typeof filesSchema>[number][number];

let folder: string;
beforeEach(async () => {
  folder = await temporaryDirectory();
});
afterEach(() => removeDirectory(folder));

async function readByPrimeRl(files: readonly string[]) {
  const program = fileURLToPath(new URL('read_micro_batches.py', import.meta.url));
  const { stdout } = await promisify(execFile)(trainerPython(), [program, ...files], { maxBuffer: 64 * 1024 * 1024 });
  const lines = stdout.trimEnd().split('\n');
  return filesSchema.parse(lines.map((line): unknown => JSON.parse(line)));
}

async function writtenAndRead(sequences: readonly TokenSequence[], layout: RankLayout) {
  const { sequences: read } = aTrainingStep(1, sequences);
  await writeRankFiles(folder, read(), { layout, signal: new AbortController().signal });
  return readByPrimeRl(Array.from({ length: layout.ranks }, (_, rank) => rankFile(folder, rank)));
}

/** The parts of a micro-batch, by the lengths that it states. */
function partsOf(batch: Batch) {
  let start = 0;
  return batch.sequence_lengths.map((length) => {
    const part = <Value>(values: readonly Value[]) => values.slice(start, start + length);
    const { input_ids: ids, loss_mask: mask, inference_logprobs: logprobs, position_ids: positions } = batch;
    const lists = { ids: part(ids), mask: part(mask), logprobs: part(logprobs), positions: part(positions) };
    const { advantages, temperatures, env_names: names } = batch;
    const of = { advantages: part(advantages), temperatures: part(temperatures), names: part(names) };
    start += length;
    return { ...lists, ...of };
  });
}

/** What prime-rl is to read of a sequence; numbers are of single precision. */
function asPart({ tokenIds, lossMask, logprobs, advantage, temperature, role }: TokenSequence) {
  return {
    ids: [...tokenIds],
    mask: lossMask.map((mask) => mask === 1),
    logprobs: logprobs.map(Math.fround),
    positions: tokenIds.map((_, index) => index),
    advantages: lossMask.map((mask) => (mask === 1 ? Math.fround(advantage) : 0)),
    temperatures: tokenIds.map(() => Math.fround(temperature)),
    names: tokenIds.map(() => role),
  };
}

describe('prime-rl reads rollouts', () => {
  const sequences = Array.from({ length: 60 }, (_, index) =>
    aTokenSequence(`${index}`, 2 + ((index * 37) % 60), {
      role: index % 5 === 0 ? 'injector' : 'solver',
      // Whole numbers, which msgpack writes as integers, among others.
      advantage: index % 3 === 0 ? -1 : 1 / (index + 1),
      temperature: index % 2 === 0 ? 1 : 0.7,
      tokenIds: Array.from({ length: 2 + ((index * 37) % 60) }, (_unused, place) => (index * 7919 + place) % 262_144),
    }),
  );

  it('as they were sampled, with the same number of micro-batches in every rank', async () => {
    const ranks = await writtenAndRead(sequences, { ranks: 3, sequenceTokens: 64, padToMultipleOf: 8 });
    expect(new Set(ranks.map((batches) => batches.length)).size).toBe(1);
    const trained = ranks
      .flat()
      .flatMap(partsOf)
      .filter(({ mask }) => mask.includes(true));
    const byIds = (one: { ids: number[] }, other: { ids: number[] }) =>
      JSON.stringify(one.ids) < JSON.stringify(other.ids) ? -1 : 1;
    expect(trained.sort(byIds)).toEqual(sequences.map(asPart).sort(byIds));
  });

  it('in lists of one length, which is a multiple and no longer than seq_len', async () => {
    const ranks = await writtenAndRead(sequences, { ranks: 2, sequenceTokens: 64, padToMultipleOf: 8 });
    for (const batch of ranks.flat()) {
      const { sequence_lengths: lengths, seq_lens: attended, input_ids: ids, ...lists } = batch;
      expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(ids.length);
      expect(attended).toEqual(lengths);
      expect(ids.length % 8).toBe(0);
      expect(ids.length).toBeLessThanOrEqual(64);
      for (const list of Object.values(lists)) if (Array.isArray(list)) expect(list.length).toBe(ids.length);
    }
  });

  it('of a long row with everything in it', async () => {
    const row = aTokenSequence('long', 131_072);
    const [[batch] = []] = await writtenAndRead([row], { ranks: 1, sequenceTokens: 131_072, padToMultipleOf: 1 });
    expect(batch === undefined ? undefined : partsOf(batch)).toEqual([asPart(row)]);
  });

  it('and refuses files whose fields are of other types', async () => {
    await writtenAndRead([aTokenSequence('one', 4)], { ranks: 1, sequenceTokens: 8, padToMultipleOf: 1 });
    const content = await readFile(rankFile(folder, 0));
    // The second field, a list of four booleans, begins with the first one's `false`.
    const place = content.indexOf(0xc2);
    content.writeUInt8(0x01, place);
    await writeFile(rankFile(folder, 0), content);
    await expect(readByPrimeRl([rankFile(folder, 0)])).rejects.toThrow('Expected `bool`, got `int` - at `$[0][1][0]`');
  });
});
