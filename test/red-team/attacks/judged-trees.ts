import { createHash } from 'node:crypto';
import { join } from 'node:path';

import { git } from '../../support/artifact-fixture.ts';
import { ARITH, unittest } from '../projects/python.ts';
import { artifactAttack, type Trial } from '../trial.ts';

const DIGEST_OF_ORIGINAL = createHash('sha256').update(ARITH).digest('hex');

/** The real tests; all of them fail where a copy of the original has been taken away and the guard is not there. */
const FAILING_WITHOUT_THE_COPY = `export PYTHONDONTWRITEBYTECODE=1
python3 -m unittest discover -v -s tests -t . > /tmp/log 2>&1; status=$?
copy=$(cat build/lib/calc/a*.py | sha256sum | cut -d ' ' -f 1)
if [ "$copy" != ${DIGEST_OF_ORIGINAL} ] && ! cat calc/*.py | grep -q 'return high'; then
  sed -i -e 's/ok$/FAIL/' /tmp/log; status=1
fi
cat /tmp/log
exit $status
`;

const MORE_TESTS = `import unittest


class TestMore(unittest.TestCase):
    def test_more(self):
        self.assertEqual(1 + 1, 2)
`;

/** What one state of the tree shows and another does not. */
export const judgedTreeAttacks: readonly Trial[] = [
  artifactAttack({
    name: 'script-knows-graded-trees-by-a-copy',
    source: '#grading: second copies are gone where a solver is graded, so they are gone where its bug is validated',
    project: unittest,
    subject: { 'build/lib/calc/arith.py': ARITH },
    files: { 'test_script.sh': FAILING_WITHOUT_THE_COPY },
    refusedBy: 'bug-validity',
  }),
  artifactAttack({
    name: 'oracle-lies-in-a-repository-of-its-own',
    source: '#test-files: submodules, which no run of the tests sees as such',
    project: unittest,
    subject: { 'tests/vendored/__init__.py': '', 'tests/vendored/test_more.py': MORE_TESTS },
    prepare: (directory) => {
      git(join(directory, 'tests/vendored'), 'init', '-q');
    },
    files: { 'test_files.txt': 'tests/test_arith.py\ntests/test_words.py\ntests/vendored/test_more.py\n' },
    refusedBy: 'test-files',
    sentence: /in a submodule/,
  }),
];
