import fc from 'fast-check';

import { section } from './diff-grammar.ts';
import { anyLine, anyPath, hugeLine } from './hostile-text.ts';

/** Lines that mean something to git wherever they stand. */
const stray = fc.oneof(
  fc.constantFrom(
    '--- a/conftest.py',
    '+++ b/conftest.py',
    '@@ -1 +1 @@',
    '@@ -0,0 +1 @@',
    '@@ -1,999999999 +1 @@',
    '+x',
    '-import pytest',
    ' import pytest',
    '\\ No newline at end of file',
    'rename from conftest.py',
    'rename to conftest.py',
    'rename old conftest.py',
    'copy from conftest.py',
    'new file mode 120000',
    'new file mode 100644',
    'deleted file mode 100644',
    'old mode 100644',
    'new mode 120000',
    'similarity index 100%',
    'index 1111111..2222222 160000',
    'GIT binary patch',
    'literal 1',
    'delta 4',
    'IcmZPo',
    'Binary files a/a.py and b/a.py differ',
    'diff --git a/conftest.py b/conftest.py',
    'diff --git a/a.py b/conftest.py',
    'diff --cc a.py',
    'From 0123456789 Mon Sep 17 00:00:00 2001',
    '-- ',
    'Index: conftest.py',
    '',
  ),
  anyPath.map((path) => `+++ b/${path}`),
  anyPath.map((path) => `rename to ${path}`),
  anyLine,
);

/** A traditional diff, which git applies wherever it looks for the next file. */
const TRADITIONAL = ['--- a/conftest.py', '+++ b/conftest.py', '@@ -1 +1 @@', '-import pytest', '+import forged'];

type Mutation = (lines: readonly string[]) => readonly string[];

const place = fc.nat(1000);
const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  place.map(
    (at): Mutation =>
      (lines) =>
        lines.filter((_, index) => index !== at % lines.length),
  ),
  place.map(
    (at): Mutation =>
      (lines) =>
        spliced(lines, at, 0, [lines[at % lines.length] ?? '']),
  ),
  fc.tuple(place, stray).map(
    ([at, line]): Mutation =>
      (lines) =>
        spliced(lines, at, 0, [line]),
  ),
  fc.tuple(place, stray).map(
    ([at, line]): Mutation =>
      (lines) =>
        spliced(lines, at, 1, [line]),
  ),
  place.map(
    (at): Mutation =>
      (lines) =>
        spliced(lines, at, 0, TRADITIONAL),
  ),
  fc.constant<Mutation>((lines) => [...lines, ...TRADITIONAL]),
  fc.tuple(place, section).map(
    ([at, other]): Mutation =>
      (lines) =>
        spliced(lines, at, 0, other),
  ),
  fc.tuple(place, fc.constantFrom('\r', '\0', '\t', ' ', '\t2020-01-01', '"', '\u2028')).map(
    ([at, sign]): Mutation =>
      (lines) =>
        spliced(lines, at, 1, [`${lines[at % lines.length] ?? ''}${sign}`]),
  ),
  fc
    .tuple(
      place,
      fc.constantFrom('a', 'b', '/', '"', '\\', ' ', '1', ',', '.'),
      fc.constantFrom('', '..', '0', '9', '"', '/'),
    )
    .map(([at, sign, other]): Mutation => (lines) => {
      return spliced(lines, at, 1, [(lines[at % lines.length] ?? '').replace(sign, other)]);
    }),
  fc.constant<Mutation>((lines) => lines.map((line) => `${line}\r`)),
  // Quoted names of bytes that are no UTF-8, and of a character that decoders swallow.
  fc
    .tuple(
      fc.constantFrom('\\303', '\\377', '\\357\\273\\277', '\\0', '\\400', '\\x', '\\n'),
      fc.constantFrom('a', 'n', '/'),
    )
    .map(
      ([escape, before]): Mutation =>
        (lines) =>
          lines.map((line) =>
            line.replace(`"${before}`, `"${escape}${before}`).replace(`/${before}`, `/${escape}${before}`),
          ),
    ),
  fc.constant<Mutation>((lines) => lines.map((line) => line.replaceAll('b/', 'a/'))),
);

function spliced(lines: readonly string[], at: number, removed: number, added: readonly string[]): readonly string[] {
  return lines.toSpliced(at % (lines.length + 1), removed, ...added);
}

const whole = fc.array(section, { minLength: 1, maxLength: 3 }).map((sections) => sections.flat());

/** Diffs of the base tree as git writes them, and those with a few lines that somebody has tampered with. */
export const anyDiff: fc.Arbitrary<string> = fc
  .tuple(
    whole,
    fc.oneof(fc.constant<readonly Mutation[]>([]), fc.array(mutation, { minLength: 1, maxLength: 2 })),
    fc.nat(999),
  )
  .map(([lines, mutations, dice]) => {
    let mutated: readonly string[] = lines;
    for (const mutate of mutations) mutated = mutate(mutated);
    // One in a hundred carries a megabyte in one line.
    const long =
      dice < 10 ? spliced(mutated, dice, 1, [`${mutated[dice % mutated.length] ?? ''}${hugeLine}`]) : mutated;
    return `${long.join('\n')}${dice % 7 === 0 ? '' : '\n'}`;
  });
