import pLimit from 'p-limit';
import type { BlobRef } from '../domain/record/blob-ref.ts';
import { toBlobRef, type Blobs } from './store.ts';

export interface MemoryOfBlobs {
  /** Of all contents that are remembered. */
  readonly bytes: number;
  /** A longer content is not remembered: one snapshot would push out the transcripts of all rollouts. */
  readonly largestBytes: number;
  /** Contents that are fetched at once. */
  readonly fetches: number;
}

/**
 * A transcript of 131 072 tokens is half a megabyte, so this holds those of a host's hundred rollouts, and beside them
 * the bugs that they work on. Sixteen fetches hide the way to a server that is 10 ms away, and open no more sockets than
 * a server or this process has to spare; a rollout that is taken over asks for some 300 contents at once.
 */
const ENOUGH: MemoryOfBlobs = { bytes: 128 * 1024 ** 2, largestBytes: 1024 ** 2, fetches: 16 };

/**
 * Blobs of which this process asks for nothing twice, as long as it remembers: content never changes under its hash, so
 * what was read or written once is known. Every slice of a rollout reads the whole journal; with these it fetches what
 * others have written since.
 */
export function rememberBlobs(blobs: Blobs, { bytes, largestBytes, fetches }: MemoryOfBlobs = ENOUGH): Blobs {
  // In the order of their last use.
  const contents = new Map<string, Uint8Array>();
  const underWay = new Map<string, Promise<Uint8Array>>();
  const inTurn = pLimit(fetches);
  let held = 0;

  function remember(ref: BlobRef, content: Uint8Array): void {
    if (content.byteLength > largestBytes) return;
    forget(keyOf(ref));
    contents.set(keyOf(ref), content);
    held += content.byteLength;
    for (const oldest of contents.keys()) {
      if (held <= bytes) return;
      forget(oldest);
    }
  }

  function forget(key: string): void {
    held -= contents.get(key)?.byteLength ?? 0;
    contents.delete(key);
  }

  function recall(ref: BlobRef): Uint8Array | undefined {
    const content = contents.get(keyOf(ref));
    if (content !== undefined) remember(ref, content);
    return content;
  }

  async function fetchOnce(ref: BlobRef): Promise<Uint8Array> {
    const key = keyOf(ref);
    const fetching = underWay.get(key) ?? inTurn(() => blobs.get(ref));
    underWay.set(key, fetching);
    try {
      return await fetching;
    } finally {
      underWay.delete(key);
    }
  }

  return {
    put: async (content) => {
      if (content.byteLength > largestBytes) return blobs.put(content);
      const known = toBlobRef(content);
      if (recall(known) !== undefined) return known;
      // A copy, because a caller may use its buffer again.
      const kept = Uint8Array.from(content);
      const ref = await blobs.put(kept);
      remember(ref, kept);
      return ref;
    },
    get: async (ref) => {
      const known = recall(ref);
      if (known !== undefined) return Uint8Array.from(known);
      const content = await fetchOnce(ref);
      remember(ref, content);
      return Uint8Array.from(content);
    },
    remove: async (ref) => {
      forget(keyOf(ref));
      await blobs.remove(ref);
    },
  };
}

/** A reference that is wrong about the length names nothing. */
function keyOf({ sha256, bytes }: BlobRef): string {
  return `${sha256} ${bytes}`;
}
