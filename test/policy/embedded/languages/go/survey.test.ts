import { describe, expect, it } from 'vitest';

import { go } from '../../../../../src/policy/embedded/languages/go/go.ts';
import type { LibraryFile, Survey, TestFile } from '../../../../../src/policy/embedded/languages/language.ts';

const MODULE = 'github.com/gobwas/glob';

/** Recorded from gobwas/glob, shortened. */
const PRINTED = [
  'root\t/repo',
  `package\tglob.go\tglob_test.go bench_test.go\t\t${MODULE}/compiler strings\ttesting \t${MODULE}\t/repo`,
  `package\trow.go list.go zz.go\trow_test.go\text_test.go\tfmt\ttesting ${MODULE}/util\t${MODULE}/match\t/repo/match`,
  `package\tmain.go\t\t\tflag ${MODULE}\t\t${MODULE}/cmd/globtest\t/repo/cmd/globtest`,
  'package\tx.go\t\t\t\t\telsewhere.org/x\t/root/go/pkg/mod/elsewhere.org/x',
  'file\tglob.go\t1400\t65\t0',
  'file\tglob_test.go\t20000\t540\t2',
  'file\tbench_test.go\t900\t30\t0',
  'file\tmatch/row.go\t1300\t77\t0',
  'file\tmatch/list.go\t800\t49\t0',
  'file\tmatch/row_test.go\t1300\t82\t3',
  'file\tmatch/ext_test.go\t1300\t82\t1',
  'file\tcmd/globtest/main.go\t1300\t82\t0',
].join('\n');

function surveyed(printed = PRINTED): Survey {
  const survey = go.readSurvey(printed);
  if (survey === undefined) throw new Error(`no survey in\n${printed}`);
  return survey;
}

function testFile(path: string, survey = surveyed()): TestFile {
  const found = survey.testFiles.find((each) => each.path === path);
  if (found === undefined) throw new Error(`no test file ${path}`);
  return found;
}

function libraryFile(path: string): LibraryFile {
  const found = surveyed().libraryFiles.find((each) => each.path === path);
  if (found === undefined) throw new Error(`no library file ${path}`);
  return found;
}

describe('survey', () => {
  it('finds the library files that this machine builds, commands and unmeasured files aside', () => {
    expect(surveyed().libraryFiles.map(({ path, module }) => [path, module])).toEqual([
      ['glob.go', MODULE],
      ['match/row.go', `${MODULE}/match`],
      ['match/list.go', `${MODULE}/match`],
    ]);
  });

  it('knows which test files run together', () => {
    expect(testFile('match/row_test.go')).toMatchObject({ tests: 3, companions: ['match/ext_test.go'] });
    expect(testFile('glob_test.go')).toMatchObject({ tests: 2, companions: ['bench_test.go'] });
  });

  it('relates tests to their package, to what it imports, and to the file of their name', () => {
    const relation = (test: string, library: string) => go.relationOf(testFile(test), libraryFile(library));
    expect(relation('match/row_test.go', 'match/row.go')).toMatchObject({ imported: true, named: true });
    expect(relation('match/row_test.go', 'match/list.go')).toMatchObject({ imported: true, named: false });
    expect(relation('match/row_test.go', 'glob.go')).toMatchObject({ imported: false });
    expect(relation('glob_test.go', 'match/row.go')).toMatchObject({ imported: false, packageImported: true });
  });

  it('leaves tests alone beside a file that it does not know', () => {
    const unmeasured = PRINTED.replace('file\tmatch/ext_test.go\t1300\t82\t1\n', '');
    expect(testFile('match/row_test.go', surveyed(unmeasured)).tests).toBe(0);
  });

  it.each(['', 'root\t/repo', 'bash: go: command not found'])('reads nothing where go finds nothing: %j', (printed) => {
    expect(go.readSurvey(printed)).toBeUndefined();
  });
});
