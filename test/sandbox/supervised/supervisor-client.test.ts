import { Duplex } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SandboxGoneError, SandboxUnavailableError } from '../../../src/domain/failure/errors.ts';
import { createSupervisorClient } from '../../../src/sandbox/supervised/supervisor-client.ts';
import {
  createFrameReader,
  encodeFrame,
  type SupervisorFrame,
} from '../../../src/sandbox/supervised/supervisor-frames.ts';

/** A stream whose other end is in the hands of the test. */
function aStream(): { readonly stream: Duplex; readonly sent: Buffer[]; receive(bytes: Uint8Array): void } {
  const sent: Buffer[] = [];
  const stream = new Duplex({
    read: () => undefined,
    write: (chunk: Buffer, _, done) => {
      sent.push(chunk);
      done();
    },
  });
  return { stream, sent, receive: (bytes) => stream.push(bytes) };
}

const frame = (header: Record<string, unknown>, body = ''): Buffer =>
  Buffer.concat([...encodeFrame(header, Buffer.from(body))]);

describe('createFrameReader', () => {
  it('finds the same frames wherever the stream is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ text: fc.string(), body: fc.uint8Array({ maxLength: 300 }) }), { maxLength: 6 }),
        fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }),
        (messages, cuts) => {
          const stream = Buffer.concat(messages.flatMap(({ text, body }) => [...encodeFrame({ text }, body)]));
          const frames: SupervisorFrame[] = [];
          const read = createFrameReader((found) => frames.push(found));
          for (let start = 0, turn = 0; start < stream.length; turn++) {
            const size = cuts[turn % cuts.length] ?? 1;
            read(stream.subarray(start, start + size));
            start += size;
          }
          expect(frames.map(({ header, body }) => [header.text, Buffer.from(body)])).toEqual(
            messages.map(({ text, body }) => [text, Buffer.from(body)]),
          );
        },
      ),
    );
  });

  it.each([
    ['text', Buffer.from('HTTP/1.1 400 Bad Request\r\n')],
    ['a header that is not JSON', frame({}).fill('x', 8)],
    ['a header that is no object', Buffer.concat([Buffer.from([0, 0, 0, 2, 0, 0, 0, 0]), Buffer.from('[]')])],
    ['an enormous body', Buffer.from([0, 0, 0, 2, 255, 255, 255, 255])],
  ])('refuses %s', (_, bytes) => {
    const read = createFrameReader(() => undefined);
    expect(() => {
      read(bytes);
    }).toThrow(SandboxUnavailableError);
  });

  it('joins a large body once, not once for each chunk', () => {
    const stream = frame({ request: 1 }, 'x'.repeat(20_000_000));
    let size = 0;
    const read = createFrameReader(({ body }) => (size = body.length));
    for (let start = 0; start < stream.length; start += 1000) read(stream.subarray(start, start + 1000));
    expect(size).toBe(20_000_000);
  });
});

describe('createSupervisorClient', () => {
  it('repeats what the supervisor said before it closed the connection', async () => {
    const { stream, receive } = aStream();
    const client = createSupervisorClient(stream, { name: 'a sandbox' });
    const request = client.request({ op: 'snapshot' }, { timeoutMs: 60_000 });
    receive(frame({ request: null, error: 'the supervisor has failed: no room' }));
    stream.push(null);
    stream.destroy();
    await expect(request).rejects.toThrow('closed the connection and said: the supervisor has failed: no room');
  });

  it('gives every answer to its own request, in any order', async () => {
    const { stream, receive } = aStream();
    const client = createSupervisorClient(stream, { name: 'a sandbox' });
    const requests = [1, 2, 3].map(() => client.request({ op: 'snapshot' }, { timeoutMs: 60_000 }));
    for (const number of [3, 1, 2]) receive(frame({ request: number }, `answer ${number}`));
    const answers = await Promise.all(requests);
    expect(answers.map(({ body }) => Buffer.from(body).toString())).toEqual(['answer 1', 'answer 2', 'answer 3']);
  });

  it('ignores an answer that nobody asked for', async () => {
    const { stream, receive } = aStream();
    const client = createSupervisorClient(stream, { name: 'a sandbox' });
    receive(frame({ request: 7 }));
    const request = client.request({ op: 'hello' }, { timeoutMs: 60_000 });
    receive(frame({ request: 1 }));
    await expect(request).resolves.toBeDefined();
  });

  it('throws what the supervisor reports', async () => {
    const { stream, receive } = aStream();
    const request = createSupervisorClient(stream, { name: 'a' }).request({ op: 'run' }, { timeoutMs: 60_000 });
    receive(frame({ request: 1, error: 'no space' }));
    await expect(request).rejects.toThrow(new SandboxUnavailableError('run in a failed: no space'));
  });

  it('gives up everything when the stream turns out to be no supervisor', async () => {
    const { stream, receive } = aStream();
    const client = createSupervisorClient(stream, { name: 'a' });
    const request = client.request({ op: 'hello' }, { timeoutMs: 60_000 });
    receive(Buffer.from('SSH-2.0-OpenSSH_9.2p1'));
    await expect(request).rejects.toThrow(SandboxUnavailableError);
    expect(client.isOpen()).toBe(false);
  });

  it('tells that the sandbox is gone when the connection ends', async () => {
    const { stream } = aStream();
    const client = createSupervisorClient(stream, { name: 'a' });
    const request = client.request({ op: 'hello' }, { timeoutMs: 60_000 });
    stream.destroy();
    await expect(request).rejects.toThrow(SandboxGoneError);
    await expect(client.request({ op: 'hello' }, { timeoutMs: 60_000 })).rejects.toThrow(SandboxGoneError);
  });

  it('does not wait for ever for a supervisor that hangs', async () => {
    const { stream } = aStream();
    const client = createSupervisorClient(stream, { name: 'a' });
    await expect(client.request({ op: 'hello' }, { timeoutMs: 10 })).rejects.toThrow(/no answer/);
  });

  it('tells when it is idle, so that it keeps no process alive', async () => {
    const { stream, receive } = aStream();
    const idle: boolean[] = [];
    const client = createSupervisorClient(stream, { name: 'a', onIdle: (now) => idle.push(now) });
    const request = client.request({ op: 'hello' }, { timeoutMs: 60_000 });
    receive(frame({ request: 1 }));
    await request;
    expect(idle).toEqual([false, true]);
  });
});
