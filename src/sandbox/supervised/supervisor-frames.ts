import { SandboxUnavailableError } from '../../domain/failure/errors.ts';
import { isRecord } from '../is-record.ts';

/** One message of the supervisor's protocol: a JSON object and raw bytes. */
export interface SupervisorFrame {
  readonly header: Readonly<Record<string, unknown>>;
  readonly body: Uint8Array;
}

const PREFIX_BYTES = 8;
// The supervisor's own limits; anything larger means that the stream is not this protocol.
const MAX_HEADER_BYTES = 16 * 1024 * 1024;
const MAX_BODY_BYTES = 2 * 1024 * 1024 * 1024;

export function encodeFrame(header: Readonly<Record<string, unknown>>, body: Uint8Array): readonly Uint8Array[] {
  const text = Buffer.from(JSON.stringify(header));
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt32BE(text.length, 0);
  prefix.writeUInt32BE(body.length, 4);
  const head = Buffer.concat([prefix, text]);
  return body.length === 0 ? [head] : [head, body];
}

/** Cuts a stream into frames, wherever its chunks begin and end; throws when the stream is no such protocol. */
export function createFrameReader(onFrame: (frame: SupervisorFrame) => void): (chunk: Uint8Array) => void {
  // Chunks are joined only when a frame is complete, so a large body is copied once, not once for each chunk.
  let pending: Uint8Array[] = [];
  let pendingBytes = 0;
  let neededBytes = PREFIX_BYTES;
  return (chunk) => {
    pending.push(chunk);
    pendingBytes += chunk.length;
    if (pendingBytes < neededBytes) return;
    let rest = Buffer.concat(pending);
    neededBytes = frameBytes(rest);
    while (rest.length >= neededBytes) {
      onFrame(decodeFrame(rest.subarray(0, neededBytes)));
      rest = rest.subarray(neededBytes);
      neededBytes = frameBytes(rest);
    }
    pending = [rest];
    pendingBytes = rest.length;
  };
}

/** The size of the frame that begins here, or of its prefix as long as that is not complete. */
function frameBytes(bytes: Buffer): number {
  if (bytes.length < PREFIX_BYTES) return PREFIX_BYTES;
  const headerBytes = bytes.readUInt32BE(0);
  const bodyBytes = bytes.readUInt32BE(4);
  if (headerBytes > MAX_HEADER_BYTES || bodyBytes > MAX_BODY_BYTES) {
    throw new SandboxUnavailableError(`no supervisor answers here: a frame of ${headerBytes} + ${bodyBytes} bytes`);
  }
  return PREFIX_BYTES + headerBytes + bodyBytes;
}

function decodeFrame(frame: Buffer): SupervisorFrame {
  const bodyStart = PREFIX_BYTES + frame.readUInt32BE(0);
  const text = frame.toString('utf8', PREFIX_BYTES, bodyStart);
  return { header: readHeader(text), body: frame.subarray(bodyStart) };
}

function readHeader(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (isRecord(value)) return value;
  } catch (error) {
    throw new SandboxUnavailableError(`no supervisor answers here: ${text.slice(0, 100)}`, { cause: error });
  }
  throw new SandboxUnavailableError(`no supervisor answers here: ${text.slice(0, 100)}`);
}
