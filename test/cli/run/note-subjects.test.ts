import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { describe, expect, it, onTestFinished } from 'vitest';

import { noteSubjectsWithoutTests } from '../../../src/cli/run/note-subjects.ts';
import { aConfiguration } from '../../support/run-fixture.ts';
import { anEnvironment, createRecordingOutput } from '../command-fixture.ts';

function notesOn(files: readonly string[]): string {
  const directory = mkdtempSync(join(tmpdir(), 'subject-'));
  onTestFinished(() => {
    rmSync(directory, { recursive: true });
  });
  for (const file of files) {
    mkdirSync(dirname(join(directory, file)), { recursive: true });
    writeFileSync(join(directory, file), '');
  }
  const { output, text } = createRecordingOutput(80);
  noteSubjectsWithoutTests(aConfiguration({ subjects: [{ name: 'mine', directory }] }), anEnvironment(), output);
  return text().replace(directory, 'DIR');
}

describe('a subject without tests', () => {
  it.each([
    { name: 'no files', files: [] },
    { name: 'code alone', files: ['lib.py', 'src/main.go'] },
    { name: 'tests of its dependencies alone', files: ['index.js', 'node_modules/dep/test/index.js'] },
  ])('is told of: $name', ({ files }) => {
    expect(notesOn(files)).toBe(
      'note: mine (DIR) has no file that looks like a test; a bug is only a bug where tests notice it\n',
    );
  });

  it.each([
    { name: 'a test file', files: ['lib.py', 'deep/down/test_lib.py'] },
    { name: 'a directory of tests', files: ['lib.go', 'tests/all.sh'] },
  ])('is not one with $name', ({ files }) => {
    expect(notesOn(files)).toBe('');
  });
});
