import type { BlobRef } from '../domain/blob-ref.ts';
import type { Blobs } from '../store/store.ts';

export async function putJson(blobs: Blobs, value: unknown): Promise<BlobRef> {
  return blobs.put(Buffer.from(JSON.stringify(value)));
}

/** Content that this project wrote itself under a `format`, so its type is known by where the reference comes from. */
export async function getJson<Value>(blobs: Blobs, ref: BlobRef): Promise<Value> {
  return JSON.parse(Buffer.from(await blobs.get(ref)).toString('utf8')) as Value;
}

export async function getText(blobs: Blobs, ref: BlobRef): Promise<string> {
  return Buffer.from(await blobs.get(ref)).toString('utf8');
}
