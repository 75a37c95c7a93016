import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { addToCorpus, readLeftOut, readSubjects } from '../../src/config/corpus.ts';
import { aConfiguration } from '../support/run-fixture.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'selfplay-corpus-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function corpus(...lines: readonly string[]): string {
  const file = join(folder, 'corpus.jsonl');
  writeFileSync(file, lines.join('\n'));
  return file;
}

const read = (file: string) => readSubjects({ corpus: file, subjects: undefined }, folder);

describe('a corpus', () => {
  it('is a JSON Lines file, one subject a line', () => {
    const file = corpus(
      '{"directory": "/src/toolz", "weight": 2}',
      '',
      '{"image": "registry/some/qs:1", "repoRoot": "/app"}',
      '',
    );
    expect(read(file)).toEqual([
      { name: 'toolz', source: { kind: 'directory', directory: '/src/toolz' }, weight: 2 },
      { name: 'qs:1', source: { kind: 'image', image: 'registry/some/qs:1' }, repoRoot: '/app', weight: 1 },
    ]);
  });

  it('of the cache is one that set-up made', () => {
    mkdirSync(join(folder, 'corpus'));
    writeFileSync(join(folder, 'corpus/demo.jsonl'), '{"directory": "/src/toolz"}\n');
    expect(readSubjects({ corpus: 'cache:demo.jsonl', subjects: undefined }, folder)).toHaveLength(1);
  });

  it.each([
    {
      name: 'is not JSON',
      lines: ['{"directory": "/a"}', '', '{directory: b}'],
      problem: /corpus\.jsonl:3 is not JSON: \{directory: b\}/,
    },
    { name: 'has an unknown key', lines: ['{"directory": "/a", "wieght": 2}'], problem: /corpus\.jsonl:1: .*wieght/s },
    {
      name: 'has neither image nor directory',
      lines: ['{"directory": "/a"}', '{"name": "b"}'],
      problem: /corpus\.jsonl:2: .*either an image or a directory/s,
    },
    {
      name: 'has a weight of nothing',
      lines: ['{"directory": "/a", "weight": 0}'],
      problem: /corpus\.jsonl:1: .*weight/s,
    },
  ])('names file and line when a line $name', ({ lines, problem }) => {
    expect(() => read(corpus(...lines))).toThrow(problem);
  });

  it('without a subject is refused', () => {
    expect(() => read(corpus('', ''))).toThrow(/corpus\.jsonl holds no subject/);
  });

  it('that is not there is refused, with what set-up would make', () => {
    expect(() => read(join(folder, 'none.jsonl'))).toThrow(/cannot read the corpus .*none\.jsonl.* run scripts\/setup/);
  });

  it('with two subjects of one name is refused', () => {
    const file = corpus('{"directory": "/a/toolz"}', '{"directory": "/b/toolz"}');
    expect(() => read(file)).toThrow('two subjects are named "toolz"; give one another name');
  });
});

describe('subjects of the configuration itself', () => {
  it('are taken as they are, with absolute paths', () => {
    const { subjects } = aConfiguration({ subjects: [{ directory: 'some/tree', environment: 'env', name: 'x' }] });
    expect(readSubjects({ corpus: undefined, subjects }, folder)).toEqual([
      {
        name: 'x',
        source: {
          kind: 'directory',
          directory: join(process.cwd(), 'some/tree'),
          environment: join(process.cwd(), 'env'),
        },
        weight: 1,
      },
    ]);
  });
});

describe('a line added to a corpus', () => {
  it('starts one where there is none', () => {
    const file = join(folder, 'new.jsonl');
    addToCorpus(file, { directory: '/src/toolz' });
    expect(readFileSync(file, 'utf8')).toBe('{"directory":"/src/toolz"}\n');
  });

  it('follows a last line without an end', () => {
    const file = corpus('{"directory": "/a"}');
    expect(addToCorpus(file, { image: 'qs:1', weight: 2 })).toMatchObject({ name: 'qs:1', weight: 2 });
    expect(read(file).map(({ name }) => name)).toEqual(['a', 'qs:1']);
  });

  it.each([
    [{ directory: '/b/a' }, 'two subjects are named "a"'],
    [{ directory: '/b', weight: 0 }, /the subject is not valid: .*weight/s],
    [{}, 'a subject has either an image or a directory'],
  ])('%j is refused, and the file stays as it is', (entry, problem) => {
    const file = corpus('{"directory": "/a"}');
    expect(() => addToCorpus(file, entry)).toThrow(problem);
    expect(readFileSync(file, 'utf8')).toBe('{"directory": "/a"}');
  });

  it('is not added to a file with a broken one', () => {
    const file = corpus('{directory: b}');
    expect(() => addToCorpus(file, { directory: '/b' })).toThrow(/corpus\.jsonl:1 is not JSON/);
  });
});

describe('what set-up left out', () => {
  it('is nothing where it has never run', () => {
    expect(readLeftOut(folder)).toEqual([]);
  });

  it('is read from the cache', () => {
    mkdirSync(join(folder, 'corpus'));
    const leftOut = [{ language: 'go', reason: 'no network' }];
    writeFileSync(join(folder, 'corpus/left-out.json'), JSON.stringify(leftOut));
    expect(readLeftOut(folder)).toEqual(leftOut);
  });
});
