import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { BlobMissingError } from '../../src/domain/failure/errors.ts';
import type { Blobs } from '../../src/store/store.ts';

export function describeBlobs(blobs: () => Blobs): void {
  describe('blobs', () => {
    it.each([
      ['nothing', new Uint8Array()],
      ['text', Buffer.from('grüße\n')],
      ['a log of 100 kB', Buffer.from('test_a PASSED\n'.repeat(7000))],
      ['4 096 bytes', randomBytes(4096)],
      ['4 097 bytes', randomBytes(4097)],
      ['20 MB of noise', randomBytes(20_000_000)],
    ])('give back %s as it was put', async (_what, content) => {
      const ref = await blobs().put(content);
      expect(ref).toEqual({ sha256: createHash('sha256').update(content).digest('hex'), bytes: content.byteLength });
      expect(Buffer.from(await blobs().get(ref)).equals(content)).toBe(true);
    });

    it('are the same whoever puts the same content, at once or again', async () => {
      const content = randomBytes(50_000);
      const refs = await Promise.all(Array.from({ length: 20 }, () => blobs().put(content)));
      refs.push(await blobs().put(content));
      expect(new Set(refs.map(({ sha256 }) => sha256)).size).toBe(1);
      expect(Buffer.from(await blobs().get(await blobs().put(content))).equals(content)).toBe(true);
    });

    it('stay as they were put when the caller reuses its buffer', async () => {
      const content = Buffer.from('before');
      const ref = await blobs().put(content);
      content.write('behind');
      (await blobs().get(ref)).fill(0);
      expect(Buffer.from(await blobs().get(ref)).toString()).toBe('before');
    });

    it('are gone when they are removed, once or again, and come back when they are put again', async () => {
      const contents = [Buffer.from('short'), randomBytes(10_000)];
      for (const content of contents) {
        const ref = await blobs().put(content);
        await blobs().remove(ref);
        await blobs().remove(ref);
        await expect(blobs().get(ref)).rejects.toThrow(BlobMissingError);
        await blobs().put(content);
        expect(Buffer.from(await blobs().get(ref)).equals(content)).toBe(true);
      }
    });

    it('are reported missing by hash and size', async () => {
      const { sha256, bytes } = await blobs().put(Buffer.from('there'));
      await expect(blobs().get({ sha256: 'f'.repeat(64), bytes })).rejects.toThrow(BlobMissingError);
      await expect(blobs().get({ sha256, bytes: bytes + 1 })).rejects.toThrow(BlobMissingError);
      await expect(blobs().get({ sha256: 'f'.repeat(64), bytes: 9999 })).rejects.toThrow('f'.repeat(64));
    });
  });
}
