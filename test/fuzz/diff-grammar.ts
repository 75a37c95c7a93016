import { structuredPatch } from 'diff';
import fc from 'fast-check';

import { anyLine, anyPath } from './hostile-text.ts';

/** The tree that valid diffs apply to. A path that ends with `*` is executable. */
export const BASE: Readonly<Record<string, string>> = {
  'a.py': 'import os\n\n\ndef one():\n    return 1\n\n\ndef two():\n    return 2\n',
  'pkg/b.py': Array.from({ length: 30 }, (_, index) => `line ${index}\n`).join(''),
  'with space/c d.py': 'x = 1\n',
  'é/ü.py': 'x = 1\ny = 2\n',
  'x b/x': 'one\n',
  'quo"te.py': 'q\n',
  'tests/test_a.py': 'def test_a():\n    assert one() == 1\n',
  'conftest.py': 'import pytest\n',
  'package.json': '{}\n',
  'empty.txt': '',
  'open.txt': 'no line feed',
  'crlf.txt': 'one\r\ntwo\r\n',
  'run.sh*': 'echo\n',
};

const EXISTING = Object.keys(BASE).map((path) => path.replace(/\*$/, ''));
const existing = fc.constantFrom(...EXISTING);

/** How a path is written in a header: as git does, quoted though it need not be, or letter by letter in octal. */
type Spelling = 'plain' | 'git' | 'quoted' | 'octal' | 'half';
const spelling: fc.Arbitrary<Spelling> = fc.oneof(
  { weight: 16, arbitrary: fc.constantFrom('plain', 'git') },
  { weight: 6, arbitrary: fc.constantFrom('quoted', 'octal') },
  { weight: 1, arbitrary: fc.constant('half') },
);

function spelt(prefix: string, path: string, way: Spelling): string {
  const name = `${prefix}${path}`;
  switch (way) {
    case 'plain':
      return name;
    case 'git':
      return /["\\\p{Cc}]|[^\p{ASCII}]/u.test(name) ? `"${escaped(name)}"` : name;
    case 'quoted':
      return `"${escaped(name)}"`;
    case 'octal':
      return `"${[...Buffer.from(name)].map(octal).join('')}"`;
    case 'half':
      return `"${escaped(name)}`;
  }
}

function escaped(name: string): string {
  return [...Buffer.from(name)]
    .map((byte) => (byte < 32 || byte > 126 ? octal(byte) : String.fromCharCode(byte).replace(/["\\]/, '\\$&')))
    .join('');
}

function octal(byte: number): string {
  return `\\${byte.toString(8).padStart(3, '0')}`;
}

function textOf(path: string): string {
  return BASE[path] ?? BASE[`${path}*`] ?? '';
}

function edited(text: string, place: number, line: string, kind: 'change' | 'insert' | 'remove'): string {
  const lines = text.split('\n');
  const at = place % Math.max(1, lines.length - 1);
  lines.splice(at, kind === 'insert' ? 0 : 1, ...(kind === 'remove' ? [] : [line]));
  return lines.join('\n');
}

/** The hunks between two texts, as git writes them. */
function hunksOf(before: string, after: string): readonly string[] {
  return structuredPatch('', '', before, after, '', '', { context: 3 }).hunks.flatMap((hunk) => [
    `@@ -${hunk.oldStart},${hunk.oldLines} +${hunk.newStart},${hunk.newLines} @@`,
    ...hunk.lines,
  ]);
}

function named(oldName: string, newName: string, hunks: readonly string[]): readonly string[] {
  return hunks.length === 0 ? [] : [`--- ${oldName}`, `+++ ${newName}`, ...hunks];
}

const edit = fc.record({
  place: fc.nat(40),
  line: anyLine,
  kind: fc.constantFrom('change' as const, 'insert' as const, 'remove' as const),
});

const modification = fc
  .tuple(existing, spelling, fc.array(edit, { minLength: 1, maxLength: 3 }))
  .map(([path, way, edits]) => {
    const before = textOf(path);
    const after = edits.reduce((text, { place, line, kind }) => edited(text, place, line, kind), before);
    const [left, right] = [spelt('a/', path, way), spelt('b/', path, way)];
    return [
      `diff --git ${left} ${right}`,
      'index 1111111..2222222 100644',
      ...named(left, right, hunksOf(before, after)),
    ];
  });

const fileMode = fc.constantFrom(...Array<string>(8).fill('100644'), '100755', '120000', '160000', '100666', '040000');

const addition = fc
  .tuple(anyPath, spelling, fileMode, fc.array(anyLine, { maxLength: 3 }))
  .map(([path, way, mode, lines]) => {
    const [left, right] = [spelt('a/', path, way), spelt('b/', path, way)];
    const text = lines.map((line) => `${line}\n`).join('');
    return [
      `diff --git ${left} ${right}`,
      `new file mode ${mode}`,
      'index 0000000..2222222',
      ...named('/dev/null', right, hunksOf('', text)),
    ];
  });

const deletion = fc.tuple(existing, spelling).map(([path, way]) => {
  const [left, right] = [spelt('a/', path, way), spelt('b/', path, way)];
  const mode = BASE[`${path}*`] === undefined ? '100644' : '100755';
  return [
    `diff --git ${left} ${right}`,
    `deleted file mode ${mode}`,
    'index 1111111..0000000',
    ...named(left, '/dev/null', hunksOf(textOf(path), '')),
  ];
});

const renaming = fc
  .tuple(existing, anyPath, spelling, fc.option(edit), fc.constantFrom(...Array<string>(9).fill('rename'), 'copy'))
  .map(([from, to, way, change, verb]) => {
    const before = textOf(from);
    const after = change === null ? before : edited(before, change.place, change.line, change.kind);
    const [left, right] = [spelt('a/', from, way), spelt('b/', to, way)];
    return [
      `diff --git ${left} ${right}`,
      `similarity index ${change === null ? 100 : 90}%`,
      `${verb} from ${spelt('', from, way)}`,
      `${verb} to ${spelt('', to, way)}`,
      ...named(left, right, hunksOf(before, after)),
    ];
  });

const modeChange = fc
  .tuple(existing, spelling, fileMode, fileMode)
  .map(([path, way, from, to]) => [
    `diff --git ${spelt('a/', path, way)} ${spelt('b/', path, way)}`,
    `old mode ${from}`,
    `new mode ${to}`,
  ]);

const NULL_ID = '0'.repeat(40);

const binary = fc.tuple(anyPath, spelling, fc.boolean()).map(([path, way, data]) => {
  const [left, right] = [spelt('a/', path, way), spelt('b/', path, way)];
  const head = [`diff --git ${left} ${right}`, 'new file mode 100644', `index ${NULL_ID}..${'2'.repeat(40)}`];
  return data
    ? [...head, 'GIT binary patch', 'literal 1', 'IcmZPo', '', 'literal 0', 'HcmV?d00001', '']
    : [...head, `Binary files /dev/null and ${right} differ`];
});

/** What a diff says of one file, as its lines. */
export const section: fc.Arbitrary<readonly string[]> = fc.oneof(
  { weight: 6, arbitrary: modification },
  { weight: 4, arbitrary: addition },
  { weight: 2, arbitrary: deletion },
  { weight: 3, arbitrary: renaming },
  { weight: 2, arbitrary: modeChange },
  { weight: 2, arbitrary: binary },
);
