import { defaultPayloadConverter } from '@temporalio/common';
import { describe, expect, it, onTestFinished } from 'vitest';

import { startCodecServer, type CodecServerOptions } from '../../src/workers/codec-server.ts';
import { createPayloadCodec } from '../../src/workers/payload-encryption.ts';

const ORIGIN = 'http://localhost:8233';
const codec = createPayloadCodec([{ id: 'one', key: Buffer.alloc(32, 1) }]);

async function serve(changes: Partial<CodecServerOptions> = {}) {
  const server = await startCodecServer({ codec, host: '127.0.0.1', port: 0, origins: [ORIGIN], ...changes });
  onTestFinished(() => server.close());
  return (path: string, body: unknown, headers: Readonly<Record<string, string>> = {}, method = 'POST') =>
    fetch(`${server.url}${path}`, {
      method,
      headers,
      ...(method === 'POST' ? { body: typeof body === 'string' ? body : JSON.stringify(body) } : {}),
    });
}

/** A value as protobuf has a payload in JSON. */
function inJson(value: unknown) {
  const { data } = defaultPayloadConverter.toPayload(value);
  const base64 = (bytes: Uint8Array | null | undefined) => Buffer.from(bytes ?? []).toString('base64');
  return { metadata: { encoding: base64(Buffer.from('json/plain')) }, data: base64(data) };
}

describe('a codec server', () => {
  it('encrypts and decrypts, as many payloads as it is given and in their order', async () => {
    const post = await serve();
    const plain = { payloads: [inJson('first'), inJson({ second: 2 })] };
    const encoded: unknown = await (await post('/encode', plain)).json();
    expect(encoded).not.toEqual(plain);
    expect(JSON.stringify(encoded)).toContain(Buffer.from('binary/encrypted').toString('base64'));
    expect(await (await post('/decode', encoded)).json()).toEqual(plain);
    expect(await (await post('/decode', plain)).json()).toEqual(plain);
  });

  it('lets pages of the Temporal UI ask, with their headers, and no others', async () => {
    const post = await serve();
    const asked = await post('/decode', undefined, { origin: ORIGIN }, 'OPTIONS');
    expect(asked.status).toBe(204);
    expect(asked.headers.get('access-control-allow-origin')).toBe(ORIGIN);
    expect(asked.headers.get('access-control-allow-headers')).toContain('x-namespace');
    const answered = await post('/decode', { payloads: [] }, { origin: ORIGIN });
    expect(answered.headers.get('access-control-allow-origin')).toBe(ORIGIN);
    const other = await post('/decode', { payloads: [] }, { origin: 'https://elsewhere.example' });
    expect(other.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('answers only to who shows its token, where it has one', async () => {
    const post = await serve({ token: 'let me in' });
    const status = async (headers: Readonly<Record<string, string>>) =>
      (await post('/decode', { payloads: [] }, headers)).status;
    expect(await status({})).toBe(401);
    expect(await status({ authorization: 'Bearer let me im' })).toBe(401);
    expect(await status({ authorization: 'Bearer let me in' })).toBe(200);
    // A browser asks first, without it.
    expect((await post('/decode', undefined, { origin: ORIGIN }, 'OPTIONS')).status).toBe(204);
  });

  it.each([
    ['a body that is no JSON', '/decode', 'payloads', 400],
    ['a body that holds no payloads', '/decode', { payloads: [{ data: '%%' }] }, 400],
    ['a payload whose key it does not have', '/decode', { payloads: [ofUnknownKey()] }, 400],
    ['another path', '/decrypt', {}, 404],
    ['more than it takes', '/decode', 'x'.repeat(17 * 1024 * 1024), 413],
  ])('refuses %s, and goes on', async (_, path, body, status) => {
    const post = await serve();
    expect((await post(path, body)).status).toBe(status);
    expect((await post('/decode', { payloads: [] })).status).toBe(200);
  });
});

function ofUnknownKey() {
  const named = { encoding: 'binary/encrypted', 'encryption-key-id': 'two' };
  const metadata = Object.entries(named).map(([name, value]) => [name, Buffer.from(value).toString('base64')]);
  return { metadata: Object.fromEntries(metadata), data: Buffer.alloc(64).toString('base64') };
}
