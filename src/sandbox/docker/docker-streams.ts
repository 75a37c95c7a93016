import { Duplex } from 'node:stream';

const HEADER_BYTES = 8;
const STDOUT = 1;
// What a bridge complains about is a line or two.
const STDERR_BYTES = 4096;

/** The standard streams of an exec as one stream; what it says on standard error is kept apart, bounded. */
export interface ExecStream {
  readonly stream: Duplex;
  readonly complaints: () => string;
}

/**
 * Takes apart the engine's framing (one byte of stream, three of nothing, four of length) as it comes, without
 * recursion and without joining chunks: a flood of tiny frames costs one step each.
 */
export function demultiplex(raw: Duplex): ExecStream {
  let stderr = '';
  const header = Buffer.alloc(HEADER_BYTES);
  let headerBytes = 0;
  let missing = 0;
  const stream = new Duplex({
    write: (chunk: Uint8Array, _encoding, done) => {
      raw.write(chunk, done);
    },
    final: (done) => {
      raw.end(done);
    },
    read: () => {
      raw.resume();
    },
    destroy: (error, done) => {
      raw.destroy();
      done(error);
    },
  });

  function take(payload: Buffer): void {
    if (header[0] !== STDOUT) stderr = (stderr + payload.toString()).slice(-STDERR_BYTES);
    else if (!stream.push(payload)) raw.pause();
  }

  raw.on('data', (chunk: Buffer) => {
    let offset = 0;
    while (offset < chunk.length) {
      if (missing > 0) {
        const payload = chunk.subarray(offset, offset + missing);
        missing -= payload.length;
        offset += payload.length;
        take(payload);
        continue;
      }
      const copied = chunk.copy(header, headerBytes, offset, offset + HEADER_BYTES - headerBytes);
      headerBytes += copied;
      offset += copied;
      if (headerBytes < HEADER_BYTES) continue;
      missing = header.readUInt32BE(4);
      headerBytes = 0;
    }
  });
  raw.on('error', () => stream.destroy());
  raw.on('close', () => stream.destroy());
  raw.on('end', () => stream.destroy());
  return { stream, complaints: () => stderr.trim() };
}
