import { describe, expect, it } from 'vitest';
import { testFilesFinding } from '../../../src/domain/checks/test-files.ts';
import { readDiff, type FileChange } from '../../../src/domain/diff/unified-diff.ts';
import type { ValidationConfig } from '../../../src/domain/checks/validation-facts.ts';
import { aChange, anArtifact, aRemoval, aRun, originalFacts } from './facts.ts';

const TEST_FILE = 'tests/test_pkg.py';

function findingOf({
  testFiles = [TEST_FILE],
  bug = aChange('pkg/one.py'),
  weakening = aRemoval(TEST_FILE, 'def test_a():'),
  original = originalFacts(),
  profile = 'strict',
}: {
  testFiles?: readonly string[];
  bug?: string;
  weakening?: string;
  original?: ReturnType<typeof originalFacts>;
  profile?: ValidationConfig['profile'];
}) {
  const artifact = anArtifact({ testFiles, bugInject: bug, testWeaken: weakening });
  return testFilesFinding({ artifact, bug: filesOf(bug), weakening: filesOf(weakening), original, profile });
}

function filesOf(diff: string): readonly FileChange[] {
  const reading = readDiff(diff);
  return reading.readable ? reading.files : [];
}

describe('in both profiles', () => {
  it.each(['strict', 'paper'] as const)('passes a list of existing test files (%s)', (profile) => {
    expect(findingOf({ testFiles: [TEST_FILE, 'tests/data.txt'], profile }).passed).toBe(true);
  });

  it.each([
    [
      'strict',
      ['tests/gone.py', TEST_FILE],
      'test_files.txt lists tests/gone.py, which the original tree does not hold',
    ],
    ['paper', ['tests'], 'test_files.txt lists tests, which the original tree does not hold'],
    ['paper', ['../etc/passwd'], 'test_files.txt lists ../etc/passwd, which the original tree does not hold'],
    ['paper', ['tests/link.py'], 'test_files.txt lists tests/link.py: a symbolic link'],
    ['strict', ['tests/link.py/a.py'], 'test_files.txt lists tests/link.py/a.py: a symbolic link'],
    ['strict', ['third/sub/tests/a.py'], 'test_files.txt lists third/sub/tests/a.py: in a submodule'],
  ] as const)('fails in %s on the list %j', (profile, testFiles, detail) => {
    expect(findingOf({ testFiles, profile })).toMatchObject({ passed: false, detail });
  });

  it.each([
    ['strict', aChange(TEST_FILE) + aChange('tests/data.txt'), 'tests/data.txt'],
    ['paper', `diff --git a/${TEST_FILE} b/tests/z.py\nrename from ${TEST_FILE}\nrename to tests/z.py\n`, 'tests/z.py'],
    ['paper', 'diff --git a/tests/new.py b/tests/new.py\nnew file mode 100644\n', 'tests/new.py'],
  ] as const)('fails in %s when the weakening touches an unlisted file', (profile, weakening, path) => {
    expect(findingOf({ weakening, profile })).toMatchObject({
      passed: false,
      detail: `test_weaken.diff touches ${path}, which test_files.txt does not list`,
      figures: { unlisted: [path] },
    });
  });
});

describe('in the strict profile only', () => {
  const link = aChange('pkg/one.py').replace('100644', '120000');
  const submodule = aChange('pkg/one.py', 'Subproject commit 1', 'Subproject commit 2').replace('100644', '160000');
  const binary = 'diff --git a/pkg/b b/pkg/b\nindex 1..2 100644\nBinary files a/pkg/b and b/pkg/b differ\n';

  it.each([
    ['the bug changes a link', { bug: link }, 'the diffs change pkg/one.py, which is a symbolic link'],
    ['the bug changes a submodule', { bug: submodule }, 'the diffs change pkg/one.py, which is a submodule'],
    ['the bug is binary', { bug: binary }, 'the diffs change pkg/b, which is binary'],
    [
      'code is listed as a test',
      { testFiles: [TEST_FILE, 'pkg/two.py'] },
      'test_files.txt lists pkg/two.py: no test file by place or name',
    ],
    ['the bug touches a listed file', { bug: aChange(TEST_FILE) }, `bug_inject.diff touches test files: ${TEST_FILE}`],
    [
      'the bug touches another test file',
      { bug: aChange('tests/helper.py') },
      'bug_inject.diff touches test files: tests/helper.py',
    ],
    [
      'the bug renames code into a test',
      { bug: 'diff --git a/x b/tests/x\nrename from x\nrename to tests/x\n' },
      'touches test files: tests/x',
    ],
    [
      'the bug touches conftest.py',
      { bug: aChange('conftest.py') },
      'touches what steers the test runner: conftest.py',
    ],
    [
      'the bug touches pyproject.toml',
      { bug: aChange('pyproject.toml') },
      'touches what steers the test runner: pyproject.toml',
    ],
    [
      'the bug shadows the standard library',
      { bug: aChange('unittest.py') },
      'touches what steers the test runner: unittest.py',
    ],
  ])('fails when %s', (_, question, detail) => {
    const finding = findingOf(question);
    expect(finding.passed).toBe(false);
    expect(finding.detail).toContain(detail);
    expect(findingOf({ ...question, profile: 'paper' }).passed).toBe(true);
  });

  it('fails when the bug touches a file that the configuration of the runner names', () => {
    const original = originalFacts({ bugFilesOfRunner: ['pkg/one.py'] });
    const finding = findingOf({ bug: aChange('pkg/one.py'), original });
    expect(finding).toMatchObject({ passed: false, figures: { steering: ['pkg/one.py'] } });
    expect(findingOf({ bug: aChange('pkg/one.py') }).passed).toBe(true);
  });

  it('fails when a listed path leaves the tree, whatever the tree claims to hold', () => {
    const tree = { files: [TEST_FILE, '../tests/a.py'], symbolicLinks: [], submodules: [] };
    const question = { testFiles: [TEST_FILE, '../tests/a.py'], original: originalFacts({ tree }) };
    expect(findingOf(question).detail).toBe('test_files.txt: the path "../tests/a.py" has a segment ".."');
  });

  it('fails when what steers the runner is listed as a test file', () => {
    const tree = { files: [TEST_FILE, 'tests/conftest.py'], symbolicLinks: [], submodules: [] };
    const finding = findingOf({ testFiles: [TEST_FILE, 'tests/conftest.py'], original: originalFacts({ tree }) });
    expect(finding).toMatchObject({ passed: false, figures: { strangers: ['tests/conftest.py'] } });
  });

  it('takes a file of any name that defines a reported test', () => {
    const original = originalFacts({
      testFileTexts: { 'checks/all.py': 'import pkg\ndef test_a():\n    pass\n' },
      runs: [aRun(['checks/all.py::test_a'])],
    });
    expect(findingOf({ testFiles: [TEST_FILE, 'checks/all.py'], original }).passed).toBe(true);
  });

  it('keeps the bug away from a listed file of any name', () => {
    const original = originalFacts({
      testFileTexts: { 'checks/all.py': 'def test_a():\n    pass\n' },
      runs: [aRun(['checks/all.py::test_a'])],
    });
    const question = { testFiles: [TEST_FILE, 'checks/all.py'], bug: aChange('checks/all.py'), original };
    expect(findingOf(question)).toMatchObject({ passed: false, figures: { tests: ['checks/all.py'] } });
  });

  it('does not take one that only mentions a reported test', () => {
    const original = originalFacts({ testFileTexts: { 'checks/all.py': '# def test_a():\n' } });
    expect(findingOf({ testFiles: [TEST_FILE, 'checks/all.py'], original }).passed).toBe(false);
  });
});
