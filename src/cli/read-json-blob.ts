import type { BlobRef } from '../domain/blob-ref.ts';
import type { Blobs } from '../store/store.ts';

/** Content that this project wrote itself under a `format`, so its type is known by where the reference comes from. */
export async function readJsonBlob<Value>(blobs: Blobs, ref: BlobRef): Promise<Value> {
  return JSON.parse(await readTextBlob(blobs, ref));
}

export async function readTextBlob(blobs: Blobs, ref: BlobRef): Promise<string> {
  return Buffer.from(await blobs.get(ref)).toString('utf8');
}
