import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ARTIFACT_FILES,
  ARTIFACT_LIMITS,
  readBugArtifact,
  type ArtifactFile,
} from '../../../src/domain/artifact/bug-artifact.ts';

const texts: Record<ArtifactFile, string> = {
  'test_script.sh': 'pytest -v\n',
  'test_files.txt': 'tests/a.py\n',
  'test_parser.py': 'print()\n',
  'bug_inject.diff': 'diff --git a/x b/x\n',
  'test_weaken.diff': 'diff --git a/t b/t\n',
};

function files(changes: Partial<Record<ArtifactFile, string | Uint8Array | undefined>> = {}) {
  const bytes: Partial<Record<ArtifactFile, Uint8Array>> = {};
  for (const name of ARTIFACT_FILES) {
    const content = name in changes ? changes[name] : texts[name];
    if (content !== undefined) bytes[name] = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  }
  return bytes;
}

function problemOf(changes: Parameters<typeof files>[0]): string | undefined {
  const reading = readBugArtifact(files(changes));
  return reading.wellFormed ? undefined : reading.problem;
}

describe('readBugArtifact', () => {
  it('reads five good files as they are', () => {
    expect(readBugArtifact(files())).toEqual({
      wellFormed: true,
      artifact: {
        testScript: 'pytest -v\n',
        testFiles: ['tests/a.py'],
        testParser: 'print()\n',
        bugInject: 'diff --git a/x b/x\n',
        testWeaken: 'diff --git a/t b/t\n',
      },
    });
  });

  it.each(ARTIFACT_FILES)('names %s when it is missing, empty, blank, too large, no UTF-8 or holds a NUL', (name) => {
    const limit = ARTIFACT_LIMITS[name];
    expect(problemOf({ [name]: undefined })).toBe(`${name} is missing`);
    expect(problemOf({ [name]: '' })).toBe(`${name} is empty`);
    expect(problemOf({ [name]: ' \n\t\n' })).toBe(`${name} is empty`);
    expect(problemOf({ [name]: 'x'.repeat(limit + 1) })).toBe(`${name} has ${limit + 1} bytes, more than ${limit}`);
    expect(problemOf({ [name]: 'x'.repeat(limit) })).toBeUndefined();
    expect(problemOf({ [name]: new Uint8Array([0x61, 0xff]) })).toBe(`${name} is not UTF-8`);
    expect(problemOf({ [name]: 'a\0b' })).toBe(`${name} contains a NUL character`);
  });

  it('names everything that is wrong at once', () => {
    expect(problemOf({ 'test_script.sh': undefined, 'test_parser.py': '', 'bug_inject.diff': 'a\0' })).toBe(
      'test_script.sh is missing; test_parser.py is empty; bug_inject.diff contains a NUL character',
    );
  });

  it('says too large of a file that is also cut in the middle of a character', () => {
    const name = 'bug_inject.diff';
    expect(problemOf({ [name]: 'é'.repeat(ARTIFACT_LIMITS[name]) })).toContain('more than');
  });

  it.each([
    ['trims lines and drops blank ones', '  tests/a.py \n\n\t\ntests/b.py', ['tests/a.py', 'tests/b.py']],
    ['takes Windows line ends', 'tests/a.py\r\ntests/b.py\r\n', ['tests/a.py', 'tests/b.py']],
    ['drops duplicates', 'tests/a.py\n./tests/a.py\ntests/a.py', ['tests/a.py']],
    ['drops leading ./', './tests/a.py\n././tests/b.py\n.//tests/c.py', ['tests/a.py', 'tests/b.py', 'tests/c.py']],
    ['drops a byte order mark', '\uFEFFtests/a.py\n', ['tests/a.py']],
    ['keeps a path that leaves the tree for the check to refuse', '../a.py\n', ['../a.py']],
  ])('%s in test_files.txt', (_, list, paths) => {
    const reading = readBugArtifact(files({ 'test_files.txt': list }));
    expect(reading.wellFormed && reading.artifact.testFiles).toEqual(paths);
  });

  it('finds no path in a list of nothing but ./', () => {
    expect(problemOf({ 'test_files.txt': './\n' })).toBe('test_files.txt lists no file');
  });

  it('keeps carriage returns and a byte order mark in a diff', () => {
    const diff = '\uFEFFdiff --git a/x b/x\r\n-a\r\n';
    const reading = readBugArtifact(files({ 'bug_inject.diff': diff }));
    expect(reading.wellFormed && reading.artifact.bugInject).toBe(diff);
  });

  it('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(
        fc.record(Object.fromEntries(ARTIFACT_FILES.map((name) => [name, fc.uint8Array()])), { requiredKeys: [] }),
        (bytes) => {
          expect(typeof readBugArtifact(bytes).wellFormed).toBe('boolean');
        },
      ),
    );
  });
});
