import { describe, expect, it } from 'vitest';

import { languageOfFiles } from '../../../src/cli/records/language-of-files.ts';

describe('the language of files', () => {
  it.each([
    [['a/b.py'], 'python'],
    [['a.ts', 'b.tsx', 'c.js'], 'typescript'],
    [['cmd/main.go', 'README.md'], 'go'],
    [['A.MJS'], 'javascript'],
    [['Makefile'], undefined],
    [[], undefined],
  ])('%j is %s', (paths, language) => {
    expect(languageOfFiles(paths)).toBe(language);
  });
});
