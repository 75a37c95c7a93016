import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { readToolCall } from '../../src/domain/protocol/tool-protocol.ts';
import { renderToolCall } from '../../src/domain/protocol/call-text.ts';
import { applySearchReplace } from '../../src/domain/protocol/search-replace.ts';
import { anyLine, anyPath, hugeLine, INPUTS, isReason, SEED } from './hostile-text.ts';

const MARKS = [
  '<tool: bash>',
  '<tool: edit>',
  '<tool: create>',
  '<tool: submit>',
  '<tool: unknown>',
  '<tool:bash>',
  ' <tool: bash> ',
  'so <tool: bash>',
  '<tool: bash> ls </tool>',
  '</tool>',
  ' </tool> ',
  '<<<<<<< SEARCH',
  '=======',
  '>>>>>>> REPLACE',
  '<think>',
  '</think>',
] as const;

const line = fc.oneof(
  { weight: 10, arbitrary: fc.constantFrom(...MARKS) },
  { weight: 3, arbitrary: anyLine },
  { weight: 2, arbitrary: anyPath },
);
const block = fc.array(anyLine, { minLength: 1, maxLength: 4 }).map((lines) => lines.join('\n'));

/** Calls as an agent is told to make them. */
const meant = fc.oneof(
  block.map((command) => `<tool: bash>\n${command}\n</tool>`),
  fc.tuple(anyPath, block).map(([path, text]) => `<tool: create>\n${path}\n${text}\n</tool>`),
  fc.array(anyPath, { maxLength: 5 }).map((paths) => `<tool: submit>\n${paths.join('\n')}\n</tool>`),
  fc
    .tuple(anyPath, block, block)
    .map(
      ([path, search, replace]) =>
        `<tool: edit>\n${path}\n<<<<<<< SEARCH\n${search}\n=======\n${replace}\n>>>>>>> REPLACE\n</tool>`,
    ),
);
const tampered = fc.tuple(meant, fc.nat(200), line).map(([reply, at, other]) => {
  const lines = reply.split('\n');
  return lines.toSpliced(at % lines.length, at % 2, other).join('\n');
});
const rambling = fc.array(line, { maxLength: 12 }).map((lines) => lines.join('\n'));

const replies = [
  ...fc.sample(fc.oneof(meant, tampered, rambling), { numRuns: INPUTS - 4, seed: SEED }),
  `<tool: bash>\n${hugeLine}\n</tool>`,
  `<tool: ${hugeLine}>\nx\n</tool>`,
  '<tool: bash>\n'.repeat(50_000),
  `<tool: bash>${' '.repeat(2 ** 20)}x\n</tool>`,
];

describe(`${INPUTS} replies`, () => {
  const readings = replies.map((reply) => readToolCall(reply));

  it('hold a call, hold none, or are answered with a reason', () => {
    const reasons = readings.flatMap((reading) => (reading.kind === 'malformed' ? [reading.problem] : []));
    expect(reasons.filter((reason) => !isReason(reason))).toEqual([]);
    expect(reasons.length).toBeGreaterThan(INPUTS / 5);
    expect(readings.filter(({ kind }) => kind === 'call').length).toBeGreaterThan(INPUTS / 5);
  });

  it('name a path wherever a call takes one', () => {
    const paths = readings.flatMap((reading) => {
      if (reading.kind !== 'call') return [];
      const { call } = reading;
      if (call.tool === 'bash') return [];
      return call.tool === 'submit' ? call.paths : [call.path];
    });
    expect(paths.filter((path) => path === '' || path.trim() !== path || path.includes('\n'))).toEqual([]);
  });

  it('that hold a call hold the same one when it is written down again', () => {
    for (const reading of readings) {
      if (reading.kind === 'call') expect(readToolCall(renderToolCall(reading.call))).toEqual(reading);
    }
  });
});

describe(`${INPUTS} edits`, () => {
  const text = fc.array(fc.constantFrom('', 'a', 'b', ' a'), { maxLength: 12 }).map((lines) => lines.join('\n'));
  const edits = fc.sample(fc.tuple(text, text, text), { numRuns: INPUTS, seed: SEED });

  it('replace the one place where the lines stand, or say why not', () => {
    for (const [before, search, replace] of edits) {
      const places = placesOf(before.split('\n'), search.split('\n'));
      const result = applySearchReplace(before, search, replace);
      expect(result.applied).toBe(places.length === 1);
      if (!result.applied) expect(isReason(result.problem)).toBe(true);
      else if (replace !== '') expect(result.text.length).toBe(before.length - search.length + replace.length);
    }
  });

  it('of blank lines by the hundred thousand end', () => {
    const startedAt = performance.now();
    const blank = '\n'.repeat(500_000);
    expect(applySearchReplace(blank, `${'\n'.repeat(250_000)}x`, 'y').applied).toBe(false);
    // Trying every place takes the better part of an hour.
    expect(performance.now() - startedAt).toBeLessThan(20_000);
  });
});

/** The places by trying each. */
function placesOf(lines: readonly string[], wanted: readonly string[]): readonly number[] {
  return lines.flatMap((_, start) => (wanted.every((line, offset) => lines[start + offset] === line) ? [start] : []));
}
