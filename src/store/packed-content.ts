import { promisify } from 'node:util';
import { constants, gunzip, gzip } from 'node:zlib';
import type { BlobRef } from '../domain/record/blob-ref.ts';
import { toBlobRef } from './store.ts';

/** Longer content is kept as gzip (`zcat` reads it). The size alone decides, so that a reference says where to look. */
const LARGEST_PLAIN_BYTES = 4096;

/** Whether the content of this reference is kept as it is. */
export function isKeptPlain({ bytes }: BlobRef): boolean {
  return bytes <= LARGEST_PLAIN_BYTES;
}

/** `ab/cdef…`, with `.gz` where that is how it is kept: the same in a directory and in a bucket. */
export function blobKey(ref: BlobRef): string {
  return `${ref.sha256.slice(0, 2)}/${ref.sha256.slice(2)}${isKeptPlain(ref) ? '' : '.gz'}`;
}

/** Level 1: transcripts and logs shrink several times already, at a speed that nobody waits for. */
export async function pack(content: Uint8Array): Promise<Uint8Array> {
  if (content.byteLength <= LARGEST_PLAIN_BYTES) return content;
  return promisify(gzip)(content, { level: constants.Z_BEST_SPEED });
}

/** The content of a reference, or undefined when what is stored is anything else. */
export async function unpack(stored: Uint8Array, ref: BlobRef): Promise<Uint8Array | undefined> {
  const content = isKeptPlain(ref) ? stored : await inflate(stored, ref.bytes);
  if (content?.byteLength !== ref.bytes || toBlobRef(content).sha256 !== ref.sha256) return undefined;
  return content;
}

async function inflate(stored: Uint8Array, maxOutputLength: number): Promise<Uint8Array | undefined> {
  try {
    return await promisify(gunzip)(stored, { maxOutputLength });
  } catch {
    // Whatever zlib says of it, this is not what was stored.
    return undefined;
  }
}
