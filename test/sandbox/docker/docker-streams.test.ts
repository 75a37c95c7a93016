import { Duplex, PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';

import { describe, expect, it } from 'vitest';

import { demultiplex } from '../../../src/sandbox/docker/docker-streams.ts';

function frame(kind: number, payload: Uint8Array): Buffer {
  const header = Buffer.alloc(8);
  header[0] = kind;
  header.writeUInt32BE(payload.length, 4);
  return Buffer.concat([header, payload]);
}

/** An engine's side: what is written into `outgoing` comes as it is, what a client writes lands in `written`. */
function engine() {
  const outgoing = new PassThrough();
  const written: Buffer[] = [];
  const raw = new Duplex({
    read: () => outgoing.resume(),
    write: (chunk: Buffer, _encoding, done) => {
      written.push(chunk);
      done();
    },
  });
  outgoing.on('data', (chunk) => raw.push(chunk)).on('end', () => raw.push(null));
  return { raw, outgoing, written };
}

describe('the streams of an exec', () => {
  it.each([1, 3, 8, 9, 1000])('come whole out of chunks of %i bytes', async (size) => {
    const { raw, outgoing } = engine();
    const { stream, complaints } = demultiplex(raw);
    const all = Buffer.concat([
      frame(1, Buffer.from('grüße')),
      frame(2, Buffer.from('a complaint\n')),
      frame(1, Buffer.alloc(0)),
      frame(1, Buffer.from(' and more')),
    ]);
    const content = new Promise<string>((resolve) => {
      let text = Buffer.alloc(0);
      stream.on('data', (chunk: Buffer) => (text = Buffer.concat([text, chunk])));
      stream.on('close', () => {
        resolve(text.toString());
      });
    });
    for (let at = 0; at < all.length; at += size) outgoing.write(all.subarray(at, at + size));
    outgoing.end();
    expect(await content).toBe('grüße and more');
    expect(complaints()).toBe('a complaint');
  });

  it('take a flood of frames of one byte in one chunk', async () => {
    const { raw, outgoing } = engine();
    const { stream } = demultiplex(raw);
    const flood = Buffer.concat(Array.from({ length: 50_000 }, () => frame(1, Buffer.from('x'))));
    const content = buffer(stream).catch(() => Buffer.alloc(0));
    let bytes = 0;
    stream.on('data', (chunk: Buffer) => (bytes += chunk.length));
    outgoing.end(flood);
    await content;
    expect(bytes).toBe(50_000);
  });

  it('pass on what the client writes, unframed', async () => {
    const { raw, written } = engine();
    const { stream } = demultiplex(raw);
    await new Promise((resolve) => stream.write('hello', resolve));
    expect(Buffer.concat(written).toString()).toBe('hello');
  });
});
