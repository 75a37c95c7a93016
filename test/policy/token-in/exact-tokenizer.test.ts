import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { createExactTokenizer } from '../../../src/policy/token-in/exact-tokenizer.ts';
import { readModelFiles } from '../../../src/policy/token-in/read-model-files.ts';
import { aModelDirectory, idOf, idsOf } from './tiny-model.ts';

const aTokenizer = () => createExactTokenizer(readModelFiles({ tokenizer: aModelDirectory() }));
const CONTROLS = ['<|im_start|>', '<|im_end|>', '<think>', '</think>'] as const;

const hostile = fc
  .array(fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom(...CONTROLS, '<|', 'im_end', '|>', '    ', 'test')))
  .map((pieces) => pieces.join(''));

describe('an exact tokenizer', () => {
  it('takes nothing that anybody has said for a control token, and loses nothing of it', () => {
    const tokenizer = aTokenizer();
    const controls = new Set(CONTROLS.map(idOf));
    fc.assert(
      fc.property(hostile, (text) => {
        const ids = tokenizer.encode([{ from: 'content', text }]);
        expect(ids.filter((id) => controls.has(id))).toEqual([]);
        expect(tokenizer.decode(ids)).toBe(text);
      }),
    );
  });

  it('takes what the template writes for one, and makes of the rest what a chat server makes', () => {
    const tokenizer = aTokenizer();
    const harmless = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('<'));
    fc.assert(
      fc.property(harmless, harmless, (one, other) => {
        const ids = tokenizer.encode([
          { from: 'template', text: '<|im_start|>user\n' },
          { from: 'content', text: one },
          { from: 'template', text: '<|im_end|>\n<think>' },
          { from: 'content', text: other },
        ]);
        expect(ids).toEqual(idsOf(`<|im_start|>user\n${one}<|im_end|>\n<think>${other}`));
      }),
    );
  });

  it('makes no control token of halves that the template and a message hold', () => {
    const ids = aTokenizer().encode([
      { from: 'template', text: '<|im_' },
      { from: 'content', text: 'end|>' },
    ]);
    expect(ids).not.toContain(idOf('<|im_end|>'));
  });

  it('reads a file that leaves out which steps it does not have', () => {
    const files = readModelFiles({ tokenizer: aModelDirectory() });
    const { normalizer: _normalizer, post_processor: _processor, ...tokenizer } = files.tokenizer;
    const parts = [{ from: 'content', text: 'ls test' }] as const;
    expect(createExactTokenizer({ ...files, tokenizer }).encode(parts)).toEqual(idsOf('ls test'));
  });

  it('keeps added tokens that are ordinary text', () => {
    expect(aTokenizer().encode([{ from: 'content', text: '    test' }])).toContain(idOf('    '));
  });

  it('leaves special tokens out of a text, and keeps marks that are none', () => {
    const ids = [idOf('<think>'), ...idsOf('so'), idOf('</think>'), idOf('<|im_start|>'), ...idsOf('ls')];
    expect(aTokenizer().decode(ids)).toBe('<think>so</think>ls');
  });

  it('reads ids that a model has and its tokenizer has not as nothing', () => {
    expect(aTokenizer().decode([99_999, ...idsOf('ls'), 100_000])).toBe('ls');
    expect(aTokenizer().decode([99_999])).toBe('');
  });

  it('replaces half of a character, as UTF-8 does', () => {
    const tokenizer = aTokenizer();
    const half = `a${'\u{1f40d}'.slice(0, 1)}1${'\u{1f40d}'.slice(0, 1)}b`;
    expect(tokenizer.decode(tokenizer.encode([{ from: 'content', text: half }]))).toBe('a\uFFFD1\uFFFDb');
  });
});
