import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { join } from 'node:path';

import type { DataConverter, Payload, PayloadCodec } from '@temporalio/common';
// CommonJS whose names Node does not find.
import protocol from '@temporalio/proto';

import { packageRoot } from '../config/package-root.ts';
import type { PayloadKey } from '../config/payload-keys.ts';
import { InvalidConfigError } from '../domain/failure/errors.ts';

const { Payload: Message } = protocol.temporal.api.common.v1;

/** The form of Temporal's own examples, so that codec servers of other makers read it: nonce, content, tag. */
const CIPHER = 'aes-256-gcm';
const ENCODING = 'binary/encrypted';
const CIPHER_NAME = 'AES/GCM';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

const bytesOf = (text: string) => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array | null | undefined) => new TextDecoder().decode(bytes ?? new Uint8Array());

/**
 * Encrypts every payload that leaves this process for the Temporal server with the first key, and decrypts with the one
 * that a payload names. What was written before there were keys is read as it is.
 */
export function createPayloadCodec(keys: readonly PayloadKey[]): PayloadCodec {
  const [current] = keys;
  if (current === undefined) throw new RangeError('nothing can be encrypted without a key');
  const named = new Map(keys.map(({ id, key }) => [id, key]));
  return {
    encode: (payloads) => Promise.resolve(payloads.map((payload) => encrypt(payload, current))),
    // Asynchronous, so that what cannot be decrypted rejects rather than throws.
    decode: async (payloads) => Promise.all(payloads.map((payload) => Promise.resolve(decrypt(payload, named)))),
  };
}

/** What workers and clients are given beside the server; nothing where there are no keys. */
export function dataConverterFor(keys: readonly PayloadKey[] = []): { readonly dataConverter?: DataConverter } {
  if (keys.length === 0) return {};
  return {
    dataConverter: {
      payloadCodecs: [createPayloadCodec(keys)],
      // Messages and stacks of failures are payloads only with it.
      failureConverterPath: join(packageRoot, 'src', 'workers', 'failure-converter.cjs'),
    },
  };
}

function encrypt(payload: Payload, { id, key }: PayloadKey): Payload {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce);
  const plain = Message.encode(payload).finish();
  const content = [cipher.update(plain), cipher.final()];
  return {
    metadata: {
      encoding: bytesOf(ENCODING),
      'encryption-cipher': bytesOf(CIPHER_NAME),
      'encryption-key-id': bytesOf(id),
    },
    data: Buffer.concat([nonce, ...content, cipher.getAuthTag()]),
  };
}

function decrypt(payload: Payload, keys: ReadonlyMap<string, Uint8Array>): Payload {
  if (textOf(payload.metadata?.encoding) !== ENCODING) return payload;
  const id = textOf(payload.metadata?.['encryption-key-id']);
  const key = keys.get(id);
  if (key === undefined) {
    throw new InvalidConfigError(
      `a payload is encrypted with the key "${id}", which is not among those of SELFPLAY_PAYLOAD_KEYS; add it after the first`,
    );
  }
  const data = payload.data ?? new Uint8Array();
  const decipher = createDecipheriv(CIPHER, key, data.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAuthTag(data.subarray(data.length - TAG_BYTES));
  const content = decipher.update(data.subarray(NONCE_BYTES, data.length - TAG_BYTES));
  return Message.decode(Buffer.concat([content, decipher.final()]));
}
