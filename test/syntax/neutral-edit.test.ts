import type { SgNode } from '@ast-grep/napi';
import { describe, expect, it } from 'vitest';

import { neutralEdit } from '../../src/syntax/neutral-edit.ts';
import { statementEnds } from '../../src/syntax/statement-ends.ts';
import { readSource } from '../../src/syntax/source-language.ts';

const SEEDS = Array.from({ length: 100 }, (_, seed) => seed);

const SOURCES = {
  'a.py':
    '#!/usr/bin/env python3\n"""Of\nthree."""\nimport os; import re\nX = """a\n# b\n"""\n\n\ndef f(a,\n      b):\n    return a\n',
  'a.js': '#!/usr/bin/env node\n"use strict";\nconst x = `\n${1}\n`\nfunction f() {\n  return x;\n}\nf(); f();\n',
  'a.ts': 'import type { A } from "./a";\nexport const b = (a: A): string => {\n  return `${a}`;\n};\n',
  'a.go':
    '//go:build linux\n\npackage a\n\nimport "fmt"\n\nconst text = `\n// no\n`\n\nfunc F() {\n\tfmt.Println(text)\n}\n',
} as const;

/** What a grammar reads, token by token, without comments and line ends. */
function tokensOf(path: string, text: string): readonly string[] {
  const tokens = (node: SgNode): readonly string[] => {
    if (node.kind() === 'comment') return [];
    return node.children().length > 0 ? node.children().flatMap(tokens) : [node.text().trim()];
  };
  const source = readSource(path, text);
  return source === undefined ? [] : tokens(source.root).filter((token) => token !== '');
}

describe('statementEnds', () => {
  it.each([
    ['a.py', ['import re', '"""', 'return a']],
    ['a.js', ['strict";', '`', '}', 'f();']],
    ['a.ts', ['"./a";', '};']],
    ['a.go', ['package a', '"fmt"', '`', '}']],
  ] as const)('of %s are where nothing else is behind a statement', (path, expected) => {
    const text = SOURCES[path];
    const ends = statementEnds(path, text).map((end) => text.slice(0, end));
    expect(ends.length).toBeGreaterThanOrEqual(expected.length);
    for (const end of expected) expect(ends.some((before) => before.endsWith(end))).toBe(true);
    expect(ends.some((before) => before.endsWith('env python3') || before.endsWith('env node'))).toBe(false);
  });

  it('are none in a text that cannot be read, nor in a language that is not known', () => {
    expect(statementEnds('a.py', 'def (:\n')).toEqual([]);
    expect(statementEnds('a.lua', 'print(1)\n')).toEqual([]);
  });
});

describe('neutralEdit', () => {
  it.each(Object.entries(SOURCES))('leaves the code of %s as it is', (path, text) => {
    for (const seed of SEEDS) expect(tokensOf(path, neutralEdit(path, text, seed) ?? '')).toEqual(tokensOf(path, text));
  });

  it.each(Object.entries(SOURCES))(
    'of %s is another for another seed, in its words, place and length',
    (path, text) => {
      const edits = SEEDS.map((seed) => neutralEdit(path, text, seed) ?? '');
      expect(new Set(edits).size).toBe(SEEDS.length);
      expect(new Set(edits.map((edit) => edit.split('\n').length)).size).toBe(3);
      const lines = edits.map((edit) => edit.split('\n').findIndex((line, index) => line !== text.split('\n')[index]));
      expect(new Set(lines).size).toBeGreaterThan(1);
      expect(neutralEdit(path, text, 1)).toBe(edits[1]);
    },
  );

  it('puts lines behind the end where only the comments of a language are known', () => {
    expect(neutralEdit('a.lua', 'print(1)', 1)).toMatch(/^print\(1\)\n(?:-- \w+ \w+\n){1,3}$/);
    expect(neutralEdit('a.json', '{}', 1)).toBeUndefined();
  });

  it('keeps Windows line ends', () => {
    const edit = neutralEdit('a.py', 'x = 1\r\n', 1) ?? '';
    expect(edit).toMatch(/^x = 1 {2}# \w+ \w+\r\n/);
  });
});
