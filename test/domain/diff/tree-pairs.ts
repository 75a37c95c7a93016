import type { Tree } from './git.ts';

const lines = (...names: readonly string[]): string => names.map((name) => `${name}\n`).join('');
const long = lines(...Array.from({ length: 30 }, (_, index) => `line ${index}`));

// git shows the first of these lines behind the marks of the hunk.
const oddLines = `def f(gap="\u2028\u0085\v\f\r"):\r\n${long}last\u2029\n`;

/** Trees on both sides of a diff, as real git shows what happened between them. */
export const PAIRS: readonly (readonly [string, Tree, Tree])[] = [
  ['a change', { 'a.py': lines('one', 'two') }, { 'a.py': lines('one', 'three') }],
  ['changes far apart', { a: long }, { a: long.replace('line 2\n', 'x\ny\n').replace('line 25\n', '') }],
  ['an added file', {}, { 'new/a.py': lines('one') }],
  ['an added empty file', { b: '1' }, { a: '', b: '1' }],
  ['an added executable', {}, { 'run.sh*': lines('one') }],
  ['a deleted file', { a: lines('one'), b: 'x' }, { b: 'x' }],
  ['a deleted executable', { 'a*': lines('one'), b: 'x' }, { b: 'x' }],
  ['a rename', { a: long }, { 'sub/b': long }],
  ['a rename with changes', { a: long }, { b: long.replace('line 9\n', 'nine\n') }],
  ['a mode', { a: 'x\n' }, { 'a*': 'x\n' }],
  ['a mode and a line', { a: 'x\n' }, { 'a*': 'y\n' }],
  ['a file without last line feed', { a: 'x\ny' }, { a: 'x\nz' }],
  ['a last line feed gained', { a: 'x' }, { a: 'x\n' }],
  ['a last line feed lost', { a: 'x\ny\n' }, { a: 'x\ny' }],
  ['a name with a space', { 'a b.py': 'x\n' }, { 'a b.py': 'y\n' }],
  ['a name with a quote', { 'a"b.py': 'x\n' }, { 'a"b.py': 'y\n' }],
  ['a name outside ASCII', { 'é/ü.py': 'x\n' }, { 'é/ü.py': 'y\n' }],
  ['a rename to a name outside ASCII', { a: long }, { 'é b': long }],
  ['a name that contains " b/"', { 'x b/x': 'x\n' }, { 'x b/x': 'y\n' }],
  ['carriage returns', { a: 'x\r\ny\r\n' }, { a: 'x\r\nz\r\n' }],
  ['lines that look like headers', { a: lines('-- a/x', 'diff --git a/x b/x') }, { a: lines('++ b/x', '@@ -1 +1 @@') }],
  ['a quoted name with a blank', { 'a "b" ü.py': 'x\n' }, { 'a "b" ü.py': 'y\n' }],
  ['an added file whose quoted name holds a blank', {}, { 'notes "a".md': 'x' }],
  ['a deleted file whose quoted name holds a blank', { 'é b': 'x\n', c: 'x' }, { c: 'x' }],
  ['characters that end a line for some', { a: oddLines }, { a: oddLines.replace('last', 'least') }],
  ['several files', { a: 'x\n', b: 'y\n', c: 'z\n' }, { a: 'y\n', c: 'z\n', d: long }],
  ['blank lines', { a: lines('', 'x', '', '', 'y') }, { a: lines('', 'x', '', 'y', '') }],
];
