import { describe, expect, it } from 'vitest';

import { readPayloadKeys } from '../../src/config/payload-keys.ts';
import { InvalidConfigError } from '../../src/domain/failure/errors.ts';

const one = Buffer.alloc(32, 1);
const two = Buffer.alloc(32, 2);
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');

describe('keys of payloads', () => {
  it('are none where none are said', () => {
    expect([readPayloadKeys(undefined), readPayloadKeys(' ')]).toEqual([[], []]);
  });

  it('are read in their order, the one that encrypts first', () => {
    expect(readPayloadKeys(`2026-12:${base64(two)}, 2026-11:${base64(one)}`)).toEqual([
      { id: '2026-12', key: two },
      { id: '2026-11', key: one },
    ]);
  });

  it.each([
    ['a key without an id', base64(one), 'entry 1 is none'],
    ['an id that is no name', `my key:${base64(one)}`, 'entry 1 is none'],
    ['a second entry that is empty', `a:${base64(one)},`, 'entry 2 is none'],
    ['a key of another length', `a:${base64(one.subarray(0, 16))}`, 'that of "a" has 16 bytes, not 32'],
    ['an id that is there twice', `a:${base64(one)},a:${base64(two)}`, 'the id "a" is there twice'],
  ])('are refused for %s, without a character of any key', (_, text, problem) => {
    const read = () => readPayloadKeys(text);
    expect(read).toThrow(InvalidConfigError);
    expect(read).toThrow(problem);
    expect(read).not.toThrow(base64(one).slice(0, 8));
  });
});
