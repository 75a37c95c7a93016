import { describe, expect, it } from 'vitest';
import { createInMemoryStore } from '../../src/store/in-memory-store.ts';
import { rememberBlobs, type MemoryOfBlobs } from '../../src/store/remembered-blobs.ts';
import type { Blobs } from '../../src/store/store.ts';
import { describeBlobs } from './blobs-contract.ts';
import { countRequests } from './count-requests.ts';

async function setting(memory: Partial<MemoryOfBlobs> = {}) {
  const { blobs: inner, requests } = countRequests((await createInMemoryStore()).blobs);
  return { inner, requests, blobs: rememberBlobs(inner, { bytes: 1000, largestBytes: 100, fetches: 4, ...memory }) };
}

function contentOf(index: number, bytes = 50): Buffer {
  return Buffer.from(String(index).padStart(bytes, '0'));
}

async function putEach(blobs: Blobs, count: number) {
  return Promise.all(Array.from({ length: count }, (_, index) => blobs.put(contentOf(index))));
}

const { blobs: contracted } = await setting();
describe('remembered blobs, by the contract of blobs', () => {
  describeBlobs(() => contracted);
});

describe('remembered blobs', () => {
  it('are asked for once, whoever wants them', async () => {
    const { blobs, inner, requests } = await setting();
    const refs = await putEach(inner, 10);
    for (let time = 0; time < 3; time++) await Promise.all([...refs, ...refs].map((ref) => blobs.get(ref)));
    expect(requests).toMatchObject({ gets: 10 });
  });

  it('are not asked for after they were put, and not put again', async () => {
    const { blobs, requests } = await setting();
    const refs = await putEach(blobs, 10);
    for (const [index, ref] of refs.entries()) expect(Buffer.from(await blobs.get(ref))).toEqual(contentOf(index));
    expect(await putEach(blobs, 10)).toEqual(refs);
    expect(requests).toMatchObject({ gets: 0, puts: 10 });
  });

  it('are fetched a few at a time', async () => {
    const { blobs, inner, requests } = await setting();
    const refs = await putEach(inner, 200);
    await Promise.all(refs.map((ref) => blobs.get(ref)));
    expect(requests).toMatchObject({ gets: 200, mostGetsAtOnce: 4 });
  });

  it('take no more room than they may: the one used longest ago goes first', async () => {
    const { blobs, requests } = await setting();
    const refs = await putEach(blobs, 20);
    const [first, second] = refs;
    if (first === undefined || second === undefined) throw new RangeError('twenty were put');
    await blobs.get(first);
    await blobs.put(contentOf(20));
    await blobs.get(first);
    expect(requests.gets).toBe(0);
    await blobs.get(second);
    expect(requests.gets).toBe(1);
  });

  it('are none of the large ones', async () => {
    const { blobs, requests } = await setting();
    const ref = await blobs.put(contentOf(0, 101));
    await blobs.get(ref);
    await blobs.get(ref);
    await blobs.put(contentOf(0, 101));
    expect(requests).toMatchObject({ gets: 2, puts: 2 });
  });

  it('are asked for again after they could not be had', async () => {
    const { blobs, inner } = await setting();
    const content = contentOf(7);
    const ref = await (await setting()).inner.put(content);
    await expect(blobs.get(ref)).rejects.toThrow('is not in this in-memory store');
    await inner.put(content);
    expect(Buffer.from(await blobs.get(ref))).toEqual(content);
  });
});
