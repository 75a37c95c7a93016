import { describe, expect, it } from 'vitest';

import { mainLanguage } from '../../../src/cli/records/main-language.ts';

describe('the language of files', () => {
  it.each([
    [['a/b.py'], 'python'],
    [['a.ts', 'b.tsx', 'c.js'], 'typescript'],
    [['cmd/main.go', 'README.md'], 'go'],
    [['A.MJS'], 'javascript'],
    [['Makefile'], undefined],
    [[], undefined],
  ])('%j is %s', (paths, language) => {
    expect(mainLanguage(paths)).toBe(language);
  });
});
