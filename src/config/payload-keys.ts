import { InvalidConfigError } from '../domain/failure/errors.ts';

/** A key of AES-256, and the name under which what it has encrypted says so. */
export interface PayloadKey {
  readonly id: string;
  readonly key: Uint8Array;
}

const KEY_BYTES = 32;

const FORM = 'SELFPLAY_PAYLOAD_KEYS is a list of ID:KEY, separated by commas';

/**
 * The keys of `SELFPLAY_PAYLOAD_KEYS`: the first encrypts, all decrypt, so that a new one is put before the old. What is
 * wrong is said without a character of any key.
 */
export function readPayloadKeys(text: string | undefined): readonly PayloadKey[] {
  if (text === undefined || text.trim() === '') return [];
  const keys = text.split(',').map((entry, index) => readKey(entry.trim(), index + 1));
  const ids = keys.map(({ id }) => id);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) throw new InvalidConfigError(`${FORM}; the id "${twice}" is there twice`);
  return keys;
}

function readKey(entry: string, position: number): PayloadKey {
  const { id, base64 } = /^(?<id>[\w.-]{1,64}):(?<base64>[A-Za-z0-9+/]+={0,2})$/.exec(entry)?.groups ?? {};
  if (id === undefined || base64 === undefined) {
    throw new InvalidConfigError(
      `${FORM}; entry ${position} is none. An id is of letters, digits, ".", "_" and "-"; \`openssl rand -base64 ${KEY_BYTES}\` makes a key`,
    );
  }
  const key = Buffer.from(base64, 'base64');
  if (key.length === KEY_BYTES) return { id, key };
  throw new InvalidConfigError(
    `${FORM}; that of "${id}" has ${key.length} bytes, not ${KEY_BYTES}: \`openssl rand -base64 ${KEY_BYTES}\` makes one`,
  );
}
