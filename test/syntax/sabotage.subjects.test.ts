import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { readSubjects } from '../../src/config/corpus.ts';
import { readEnvironment } from '../../src/config/environment.ts';
import { isTestPath } from '../../src/domain/steering/test-paths.ts';
import { sabotageTests } from '../../src/syntax/sabotage.ts';

const subjects = readSubjects({ corpus: 'cache:all.jsonl', subjects: undefined }, readEnvironment().cache);

/** What a person counts as a test who looks at a line that begins one. */
const BEGINS_TEST: Readonly<Record<string, RegExp>> = {
  py: /^\s*(?:async\s+)?def test\w*\(/,
  js: /^\s*(?:(?:s?t\.)?test|it|tap\.test)\(/,
  ts: /^\s*it\(/,
  go: /^func (?:Test|Fuzz)[A-Z_]\w*\(\w+ \*testing\.[TF]\)/,
};

function testFiles(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter(
    (path) => isTestPath(path) && /\.(?:py|js|ts|go)$/.test(path),
  );
}

describe.each(subjects.map(({ name, source }) => ({ name, source })))('the test files of $name', ({ source }) => {
  if (source.kind !== 'directory') throw new Error('the corpus of the demo holds directories');
  const { directory } = source;
  const files = testFiles(directory);

  it('are made to fail in as many places as tests begin', () => {
    const counted = files.map((path) => {
      const text = readFileSync(join(directory, path), 'utf8');
      const begins = BEGINS_TEST[path.split('.').at(-1) ?? ''];
      const sabotage = sabotageTests(path, text);
      return {
        path,
        begun: text.split('\n').filter((line) => begins?.test(line)).length,
        raising: sabotage.sabotaged ? sabotage.tests : 0,
        said: sabotage.sabotaged ? sabotage.text.split('made to fail on purpose').length - 1 : 0,
      };
    });
    expect(counted.some(({ raising }) => raising > 0)).toBe(true);
    for (const { path, begun, raising, said } of counted) {
      expect.soft(raising, path).toBeGreaterThanOrEqual(begun);
      expect.soft(said, path).toBe(raising);
    }
  });
});
