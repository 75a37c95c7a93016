import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { describe, expect, it } from 'vitest';

import { InvalidConfigError } from '../../src/domain/failure/errors.ts';
import { createPayloadCodec, dataConverterFor } from '../../src/workers/payload-encryption.ts';

const old = { id: '2026-11', key: Buffer.alloc(32, 1) };
const current = { id: '2026-12', key: Buffer.alloc(32, 2) };
const secret = { subject: 'a plain secret word' };
const plain = defaultPayloadConverter.toPayload(secret);

const text = (bytes: Uint8Array | null | undefined) => Buffer.from(bytes ?? []).toString('latin1');

async function encrypted(payload: Payload = plain): Promise<Payload> {
  const [first] = await createPayloadCodec([current, old]).encode([payload]);
  if (first === undefined) throw new RangeError('one payload becomes one');
  return first;
}

describe('an encrypted payload', () => {
  it('holds nothing of what it was, and comes back as it was', async () => {
    const codec = createPayloadCodec([current]);
    const payload = await encrypted();
    expect(text(payload.data)).not.toContain('secret');
    expect(text(payload.metadata?.encoding)).toBe('binary/encrypted');
    const [decoded] = await codec.decode([payload]);
    expect(defaultPayloadConverter.fromPayload(decoded ?? {})).toEqual(secret);
  });

  it('names the key, the first of several', async () => {
    expect(text((await encrypted()).metadata?.['encryption-key-id'])).toBe('2026-12');
  });

  it('is another one each time', async () => {
    expect(text((await encrypted()).data)).not.toBe(text((await encrypted()).data));
  });

  it('is read with a key that has been replaced, as long as it is among them', async () => {
    const [written] = await createPayloadCodec([old]).encode([plain]);
    const [decoded] = await createPayloadCodec([current, old]).decode([written ?? {}]);
    expect(defaultPayloadConverter.fromPayload(decoded ?? {})).toEqual(secret);
  });

  it('is refused without its key, which is named', async () => {
    const read = createPayloadCodec([old]).decode([await encrypted()]);
    await expect(read).rejects.toThrow(InvalidConfigError);
    await expect(read).rejects.toThrow('the key "2026-12", which is not among those of SELFPLAY_PAYLOAD_KEYS');
  });

  it('is refused when a byte of it has changed', async () => {
    const payload = await encrypted();
    const data = Buffer.from(payload.data ?? []);
    data.writeUInt8(data.readUInt8(20) ^ 1, 20);
    await expect(createPayloadCodec([current]).decode([{ ...payload, data }])).rejects.toThrow();
  });
});

describe('a payload from before there were keys', () => {
  it('is read as it is', async () => {
    expect(await createPayloadCodec([current]).decode([plain])).toEqual([plain]);
  });
});

describe('without keys', () => {
  it('nothing stands between the SDK and the server', () => {
    expect([dataConverterFor(), dataConverterFor([])]).toEqual([{}, {}]);
  });
});
