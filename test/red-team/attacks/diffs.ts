import { CHANGES } from '../../support/artifact-fixture.ts';
import { copying } from '../projects/moves.ts';
import { ARITH, BUGGY_ARITH, pytest, unittest } from '../projects/python.ts';
import { artifactAttack, edited, type Trial } from '../trial.ts';

/** The project's own bug followed by one more file in a diff of its own making. */
const withSection = (section: string) => (own: { readonly 'bug_inject.diff': string | null }) => ({
  'bug_inject.diff': `${own['bug_inject.diff'] ?? ''}${section}`,
});

const added = (path: string, text: string, mode = '100644') => {
  const lines = text.split('\n');
  const body = lines.map((line) => `+${line}`).join('\n');
  const header = `diff --git a/${path} b/${path}\nnew file mode ${mode}\nindex 0000000..1111111\n--- /dev/null\n+++ b/${path}\n`;
  return `${header}@@ -0,0 +1${lines.length === 1 ? '' : `,${lines.length}`} @@\n${body}\n`;
};

/** What a diff may not say, whatever it is good for. */
export const diffAttacks: readonly Trial[] = [
  artifactAttack({
    name: 'bug-path-leaves-the-tree',
    source: 'issue list: `..` paths',
    project: unittest,
    files: withSection(added('../outside.py', 'x = 1')),
    refusedBy: 'artifact',
    sentence: /\.\./,
  }),
  artifactAttack({
    name: 'bug-path-hides-dots-in-escapes',
    source: '`..` in octal escapes',
    project: unittest,
    files: withSection(
      added('x', 'x = 1')
        .replaceAll('a/x b/x', '"a/\\056\\056/x" "b/\\056\\056/x"')
        .replaceAll('b/x', '"b/\\056\\056/x"'),
    ),
    refusedBy: 'artifact',
  }),
  artifactAttack({
    name: 'bug-writes-a-git-hook',
    source: 'hooks, core.hooksPath',
    project: unittest,
    files: withSection(added('.git/hooks/post-checkout', '#!/bin/sh', '100755')),
    refusedBy: 'artifact',
    sentence: /\.git/,
  }),
  artifactAttack({
    name: 'bug-writes-git-in-capitals',
    source: 'case-folding paths',
    project: unittest,
    files: withSection(added('.GIT/config', '[core]')),
    refusedBy: 'artifact',
    sentence: /\.git/,
  }),
  artifactAttack({
    name: 'bug-makes-git-a-file',
    source: '`.git` as a file',
    project: unittest,
    files: withSection(added('sub/.git', 'gitdir: /tmp/elsewhere')),
    refusedBy: 'artifact',
    sentence: /\.git/,
  }),
  artifactAttack({
    name: 'bug-adds-a-symbolic-link',
    source: '#test-files',
    project: unittest,
    bug: { 'calc/arith.py': BUGGY_ARITH, 'calc/alias.py': '-> ../tests/test_arith.py' },
    refusedBy: 'test-files',
    sentence: /symbolic link/,
  }),
  artifactAttack({
    name: 'bug-adds-a-submodule',
    source: '#test-files: submodules',
    project: unittest,
    files: withSection(added('vendored', 'Subproject commit 1111111111111111111111111111111111111111', '160000')),
    refusedBy: ['artifact', 'test-files'],
  }),
  artifactAttack({
    name: 'bug-is-binary',
    source: '#test-files: binary tricks',
    project: unittest,
    bug: { 'calc/arith.py': BUGGY_ARITH, 'calc/table.bin': 'a\0b\0c' },
    refusedBy: ['artifact', 'test-files'],
  }),
  artifactAttack({
    name: 'bug-with-an-idle-binary-file',
    source: '#inverse-mutation: the paper profile takes a binary file, if it is there for something',
    project: unittest,
    profile: 'paper',
    bug: { 'calc/arith.py': BUGGY_ARITH, 'calc/table.bin': 'a\0b\0c' },
    weakening: CHANGES.withoutAssertionOfBug,
    refusedBy: 'inverse-mutation',
    sentence: /table\.bin/,
  }),
  artifactAttack({
    name: 'bug-is-huge',
    source: 'huge diffs',
    project: unittest,
    files: withSection(added('calc/data.py', 'x = 1\n'.repeat(200_000).trimEnd())),
    refusedBy: 'artifact',
    sentence: /more than/,
  }),
  artifactAttack({
    name: 'bug-names-a-file-twice',
    source: 'two readings of one diff',
    project: unittest,
    files: ({ 'bug_inject.diff': own }) => ({ 'bug_inject.diff': `${own ?? ''}${own ?? ''}` }),
    refusedBy: 'artifact',
    sentence: /twice/,
  }),
  artifactAttack({
    name: 'bug-copies-a-file',
    source: '#inverse-mutation: a copy that nothing reads, in the words of git diff -C',
    project: unittest,
    files: ({ 'bug_inject.diff': own }) => ({
      'bug_inject.diff': `${copying('calc/words.py', 'calc/more_words.py')}${own ?? ''}`,
    }),
    refusedBy: 'inverse-mutation',
    sentence: /calc\/more_words\.py/,
  }),
  artifactAttack({
    name: 'bug-hides-a-traditional-diff',
    source: 'git apply skips what it does not understand',
    project: unittest,
    files: withSection('--- tests/test_arith.py\n+++ tests/test_arith.py\n@@ -1 +1 @@\n-import unittest\n+import os\n'),
    refusedBy: 'artifact',
  }),
  artifactAttack({
    name: 'bug-has-contradicting-headers',
    source: 'two readings of one diff',
    project: unittest,
    files: ({ 'bug_inject.diff': own }) => ({
      'bug_inject.diff': (own ?? '').replace('+++ b/calc/arith.py', '+++ b/tests/test_arith.py'),
    }),
    refusedBy: 'artifact',
  }),
  artifactAttack({
    name: 'bug-brings-git-attributes',
    source: 'git attributes and filters, CRLF',
    project: unittest,
    bug: { 'calc/arith.py': BUGGY_ARITH, '.gitattributes': '*.py text eol=crlf working-tree-encoding=UTF-16\n' },
    refusedBy: ['test-files', 'inverse-mutation'],
  }),
  artifactAttack({
    name: 'bug-only-turns-line-ends',
    source: 'CRLF: every line is changed and nothing is broken',
    project: unittest,
    bug: { 'calc/arith.py': ARITH.replaceAll('\n', '\r\n') },
    refusedBy: 'bug-validity',
  }),
  artifactAttack({
    name: 'list-leaves-the-tree',
    source: '#test-files',
    project: unittest,
    files: { 'test_files.txt': 'tests/test_arith.py\ntests/test_words.py\n../../etc/passwd\n' },
    refusedBy: 'test-files',
  }),
  artifactAttack({
    name: 'list-goes-round-a-corner',
    source: '#test-files: one file under two names',
    project: unittest,
    files: { 'test_files.txt': 'tests/test_arith.py\ntests/test_words.py\ntests/../calc/arith.py\n' },
    refusedBy: 'test-files',
  }),
  artifactAttack({
    name: 'list-folds-case',
    source: 'case-folding paths',
    project: unittest,
    files: { 'test_files.txt': 'tests/TEST_ARITH.py\ntests/test_words.py\n' },
    refusedBy: 'test-files',
  }),
  artifactAttack({
    name: 'list-holds-a-symbolic-link',
    source: 'symlinked oracle files',
    project: unittest,
    subject: { 'tests/test_alias.py': '-> ../calc/arith.py' },
    files: { 'test_files.txt': 'tests/test_arith.py\ntests/test_words.py\ntests/test_alias.py\n' },
    refusedBy: 'test-files',
    sentence: /symbolic link/,
  }),
  artifactAttack({
    name: 'list-goes-through-a-linked-directory',
    source: 'symlinked oracle directories',
    project: unittest,
    subject: { 'tests/more': '-> ../calc' },
    files: { 'test_files.txt': 'tests/test_arith.py\ntests/test_words.py\ntests/more/arith.py\n' },
    refusedBy: 'test-files',
    sentence: /symbolic link/,
  }),
  artifactAttack({
    name: 'list-holds-the-library',
    source: 'a library file listed as a test file: put back, the bug is gone',
    project: unittest,
    files: { 'test_files.txt': 'tests/test_arith.py\ntests/test_words.py\ncalc/arith.py\n' },
    refusedBy: 'test-files',
    sentence: /calc\/arith\.py/,
  }),
  artifactAttack({
    name: 'list-holds-conftest',
    source: '#runner-steering',
    project: pytest,
    files: { 'test_files.txt': 'tests/test_arith.py\ntests/test_words.py\ntests/conftest.py\n' },
    weakening: { 'tests/conftest.py': '' },
    refusedBy: 'test-files',
    sentence: /conftest/,
  }),
  artifactAttack({
    name: 'weakening-breaks-the-library',
    source: '#test-files: the list covers the weakening',
    project: unittest,
    weakening: { 'calc/arith.py': edited(ARITH, 'return a + b', 'return a - b') },
    refusedBy: 'test-files',
    sentence: /test_weaken\.diff touches calc\/arith\.py/,
  }),
];
