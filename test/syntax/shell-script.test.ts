import { describe, expect, it } from 'vitest';

import { readShell } from '../../src/syntax/shell-script.ts';

const wordsOf = (script: string) => readShell(script).commands.map(({ words }) => words);
const valuesOf = (script: string) =>
  readShell(script).assignments.map(({ name, value }) => (value === undefined ? name : `${name}=${value}`));

describe('the words of commands', () => {
  it.each([
    ['what quotes part', `cat a"b"'c'd\\e`, [['cat', 'abcde']]],
    ['a line that goes on', 'pytest -q \\\n  tests', [['pytest', '-q', 'tests']]],
    ['a string with blanks beside a variable', 'x=1; echo "a  $x  b"', [['echo', 'a  1  b']]],
    ['a redirection', 'sort < in.txt > out.txt', [['sort'], ['<', 'in.txt'], ['>', 'out.txt']]],
    ['a here-document', "cat <<'END'\na $b\nEND", [['cat'], ['<<', 'a $b\n']]],
    ['a here-string', 'cat <<< "a b"', [['cat'], ['<<', 'a b']]],
    ['a question', '[ -f a ]', [['[', 'a']]],
    ['a list', 'x=(a -b)', [['a', '-b']]],
    [
      'a command in a word',
      'echo "a$(cat b)"',
      [
        ['echo', 'a$(...)'],
        ['cat', 'b'],
      ],
    ],
    [
      'a program of the shell',
      'bash -lc \'cat "a b"\'',
      [
        ['bash', '-lc', 'cat "a b"'],
        ['cat', 'a b'],
      ],
    ],
    ['a backtick', 'echo a`b`/c', [['echo', 'a$(...)/c'], ['b']]],
    ['a comment', 'true # cat b', [['true']]],
    [
      'a command in an if that is never closed',
      'if cat a; then\n  cat b',
      [
        ['cat', 'a'],
        ['cat', 'b'],
      ],
    ],
  ])('are read from %s', (_, script, words) => {
    expect(wordsOf(script)).toEqual(words);
  });
});

describe('the folder of a command', () => {
  const foldersOf = (script: string) =>
    readShell(script).commands.flatMap(({ words, folder }) => (words[0] === 'cat' ? [folder] : []));

  it.each([
    ['cat; cd a/b; cat; cd ..; cat', ['', 'a/b', 'a']],
    ['(cd a; cat); cat', ['a', '']],
    ['x=$(cd a && cat); cat', ['a', '']],
    ['cd a && sh -c "cd b; cat" && cat', ['a/b', 'a']],
    ['cd "a"/; cat', ['a']],
    ['cd $a; cat', [undefined]],
    ['cd /a; cat', [undefined]],
    ['cd; cat', [undefined]],
  ])('is known in %j', (script, folders) => {
    expect(foldersOf(script)).toEqual(folders);
  });
});

describe('the variables of a script', () => {
  it.each([
    ['A=1 B="x y" true', ['A=1', 'B=x y']],
    ['export A=1 B; unset C; read -r D', ['B', 'A=1', 'C', 'D']],
    ['env A=1 "B=x y" true', ['A=1', 'B=x y']],
    ['A[0]=1; B+=2', ['A=1', 'B=2']],
    ['for a in b c; do true; done', ['a=b', 'a=c']],
    ['A=(b c)', ['A=b', 'A=c']],
    [': "${A:=b}"', ['A=b']],
    ['eval A=1', ['A=1']],
    ['A=1; B=$A:$A:$C', ['A=1', 'B=1:1:$C']],
    ['A=src:$A', ['A=src:']],
    ['A=src${A:+:$A}', ['A=src']],
    ['A=${B:-c}${TMPDIR:-d}', ['A=c/tmp']],
    ['A=$PWD/$(pwd)/`pwd`/$(ls)', ['A=./././$(...)']],
    ['A=1; A=2; B=$A', ['A=1', 'A=2', 'B=1:2']],
    ["A='$B'", ['A=$B']],
    ['A=', ['A=']],
  ])('are read from %j', (script, values) => {
    expect(valuesOf(script)).toEqual(values);
  });
});

describe('a script of hostile text', () => {
  const LARGEST = 64 * 1024;

  it.each(['"$(', '${a:-', '<<E\n', '[ $('])('is read to its end: %j again and again', (text) => {
    expect(readShell(text.repeat(Math.floor(LARGEST / text.length))).commands).toBeInstanceOf(Array);
  });

  it('is read in pieces, and what stands at its end is seen', () => {
    const script = `${'true "a b" # c\n'.repeat(4000)}cat x`;
    expect(wordsOf(script).at(-1)).toEqual(['cat', 'x']);
    expect(wordsOf(script)).toHaveLength(4001);
  });

  it('is read whole where a quote or a here-document spans the place of a cut', () => {
    const lines = 'true "a b" # c\n'.repeat(270);
    expect(wordsOf(`${lines}python3 -c '\nif x:\n${'  y\n'.repeat(100)}'\ncat x\n`).slice(270)).toEqual([
      ['python3', '-c', `\nif x:\n${'  y\n'.repeat(100)}`],
      ['cat', 'x'],
    ]);
    expect(wordsOf(`${lines}cat <<END\n${"it's\n".repeat(100)}END\ncat x\n`).slice(270)).toEqual([
      ['cat'],
      ['<<', "it's\n".repeat(100)],
      ['cat', 'x'],
    ]);
  });

  it('grows by no more than bounds when its variables hold each other', () => {
    const script = Array.from({ length: 500 }, (_, n) => `v${n}=${`$v${n + 1}`.repeat(20)}`).join('\n');
    expect(JSON.stringify(readShell(`${script}\nv500=${'x'.repeat(1000)}\n`)).length).toBeLessThan(1024 * 1024);
  });
});
