import { describe, expect, it } from 'vitest';

import { javascript } from '../../../../../src/policy/embedded/languages/javascript/javascript.ts';
import { python } from '../../../../../src/policy/embedded/languages/python/python.ts';
import type { Language } from '../../../../../src/policy/embedded/languages/language.ts';
import { applyEdit } from '../../../../../src/policy/embedded/languages/source-edit.ts';

/** Every text that a repair of the function makes. */
function repaired(language: Language, text: string, name: string): readonly string[] {
  const region = language.functionsOf(text).find(({ qualifiedName }) => qualifiedName === name);
  if (region === undefined) throw new RangeError(`there is no ${name}`);
  const clues = { path: 'file', failures: [], suspiciousness: new Map<number, number>(), specification: '' };
  return language.repairsOf(text, region, clues).map(({ edit }) => applyEdit(text, edit));
}

describe('calls of a function whose name has a variant', () => {
  it('call the variant in JavaScript', () => {
    const text = [
      'function getKey(o, k) { return o[k]; }',
      'function getKeySafely(o, k) { return Object.hasOwn(o, k) ? o[k] : undefined; }',
      'function read(o, k) { return getKey(o, k); }',
      '',
    ].join('\n');
    expect(repaired(javascript, text, 'read')).toContain(text.replace('return getKey(', 'return getKeySafely('));
  });

  it('call the variant in Python', () => {
    const text =
      'def get_key(o, k):\n    return o[k]\n\n\ndef get_own_key(o, k):\n    return o.get(k)\n\n\ndef read(o, k):\n    return get_own_key(o, k)\n';
    expect(repaired(python, text, 'read')).toContain(text.replace('return get_own_key(', 'return get_key('));
  });

  it('are left alone where a name shares one word only', () => {
    const text =
      'def get(o):\n    return o\n\n\ndef get_all(o):\n    return [o]\n\n\ndef read(o):\n    return get(o)\n';
    expect(repaired(python, text, 'read').filter((found) => found.includes('return get_all('))).toEqual([]);
  });
});
