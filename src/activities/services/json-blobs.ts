import { z } from 'zod';

import type { BlobRef } from '../../domain/record/blob-ref.ts';
import type { Blobs } from '../../store/store.ts';

export async function putJson(blobs: Blobs, value: unknown): Promise<BlobRef> {
  return blobs.put(Buffer.from(JSON.stringify(value)));
}

/** Content that this project wrote itself under a `format`, so its type is known by where the reference comes from. */
export async function getJson<Value>(blobs: Blobs, ref: BlobRef): Promise<Value> {
  return z.custom<Value>().parse(JSON.parse(await getText(blobs, ref)));
}

export async function getText(blobs: Blobs, ref: BlobRef): Promise<string> {
  return Buffer.from(await blobs.get(ref)).toString('utf8');
}
