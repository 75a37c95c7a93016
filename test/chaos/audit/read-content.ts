import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

import { z } from 'zod';

import { turnKey, type Content, type LedgerTables } from './evidence.ts';

interface Reference {
  readonly sha256: string;
  readonly bytes: number;
}

const replySchema = z.object({ reply: z.object({ text: z.string() }) });
const observationSchema = z.object({ text: z.string() });

/** Longer blobs are kept as gzip (docs/formats.md). */
const LARGEST_PLAIN_BYTES = 4096;

/** Reads every blob that the ledger names from the folder that holds them: a store's, or what an S3 server keeps its bucket in. */
export async function readContent(ledger: LedgerTables, folder: string): Promise<Content> {
  const missing: string[] = [];
  const read = async (reference: Reference, of: string): Promise<string> => {
    const content = await readBlob(folder, reference);
    if (content === undefined) missing.push(`${reference.sha256} of ${of}`);
    return content?.toString('utf8') ?? '';
  };
  const replies = new Map<string, string>();
  const observations = new Map<string, string>();
  for (const turn of ledger.turns) {
    const key = turnKey(turn);
    const reply = await read(turn.reply, key);
    if (reply !== '') replies.set(key, replySchema.parse(JSON.parse(reply)).reply.text);
    const observation = turn.observation === null ? '' : await read(turn.observation, key);
    if (observation !== '') observations.set(key, observationSchema.parse(JSON.parse(observation)).text);
  }
  for (const [of, reference] of otherReferences(ledger)) await read(reference, of);
  return { replies, observations, missing };
}

function otherReferences(ledger: LedgerTables): readonly (readonly [string, Reference])[] {
  const found: readonly (readonly [string, Reference | null])[] = [
    ...ledger.turns.map((row) => [`the snapshot of ${turnKey(row)}`, row.snapshot] as const),
    ...ledger.rollouts.flatMap(({ rollout_id: id, submission, trajectory }) =>
      [submission, trajectory].map((reference) => [id, reference] as const),
    ),
    ...ledger.artifacts.flatMap(({ artifact_id: id, content, facts }) =>
      [content, facts].map((reference) => [id, reference] as const),
    ),
    ...ledger.attempts.flatMap(({ attempt_id: id, patch, report }) =>
      [patch, report].map((reference) => [id, reference] as const),
    ),
  ];
  return found.flatMap(([of, reference]) => (reference === null ? [] : [[of, reference] as const]));
}

async function readBlob(folder: string, { sha256, bytes }: Reference): Promise<Buffer | undefined> {
  const packed = bytes > LARGEST_PLAIN_BYTES;
  try {
    const stored = await readFile(join(folder, sha256.slice(0, 2), `${sha256.slice(2)}${packed ? '.gz' : ''}`));
    const content = packed ? gunzipSync(stored) : stored;
    return createHash('sha256').update(content).digest('hex') === sha256 ? content : undefined;
  } catch {
    // Not there, or not what was put there.
    return undefined;
  }
}
