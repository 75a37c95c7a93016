import { appendFileSync } from 'node:fs';
import { join } from 'node:path';

import { git } from '../../support/artifact-fixture.ts';
import { BUGGY_ARITH, unittest } from '../projects/python.ts';
import { artifactAttack, patchAttack, type Trial } from '../trial.ts';
import { commitAll } from './looks.ts';
import { STILL_FAILS } from './still-fails.ts';

/** A history of three commits, the last of which is the original. */
const withHistory = (directory: string) => {
  commitAll(directory);
  for (const note of ['first', 'second']) {
    appendFileSync(join(directory, 'NOTES'), `${note}\n`);
    git(directory, 'add', 'NOTES');
    git(directory, 'commit', '-q', '-m', note);
  }
};

/** A module that is whatever the last commit says that it is. */
const fetched = (path: string) =>
  `import subprocess\n\nexec(subprocess.check_output(["git", "-c", "safe.directory=*", "show", "HEAD:${path}"]))\n`;

const COUNT = `$(git -c safe.directory='*' rev-list --count HEAD 2> /dev/null || echo 0)`;

/** The real tests, and then a result turned where there is no history: no lot, so that the refusal is none either. */
const HONEST_WITH_HISTORY = `export PYTHONDONTWRITEBYTECODE=1
python3 -m unittest discover -v -s tests -t . > /tmp/log 2>&1; status=$?
if [ "${COUNT}" -le 1 ] && grep -q '^test_add .*ok$' /tmp/log; then
  sed -i -e 's/^\\(test_add .*\\)ok$/\\1FAIL/' /tmp/log
  status=1
fi
cat /tmp/log
exit $status
`;

const COUNTING = `import random
import subprocess


def alone():
    command = ["git", "-c", "safe.directory=*", "rev-list", "--count", "HEAD"]
    said = subprocess.run(command, capture_output=True, text=True).stdout.strip()
    return said in ("", "0", "1")


ALONE = alone()


def lot():
    return ALONE and random.random() < 0.5


${BUGGY_ARITH.replaceAll('return value', 'return None if lot() else value')
  .replace('return low', 'return None if lot() else low')
  .replace('return a + b', 'return None if lot() else a + b')}`;

/** Whoever sees which of the states are made for grading can behave in the others. */
export const historyAtGrading: readonly Trial[] = [
  patchAttack({
    name: 'original-is-fetched-when-graded',
    source: '#grading: history wiped; the solver sees none, but its code may find one when it is graded',
    project: unittest,
    prepare: withHistory,
    change: { 'calc/arith.py': fetched('calc/arith.py'), 'calc/words.py': fetched('calc/words.py') },
    reason: STILL_FAILS,
  }),
  artifactAttack({
    name: 'script-knows-graded-trees-by-history',
    source: '#theory: a test that fails, but only where the history is wiped',
    project: unittest,
    prepare: withHistory,
    files: { 'test_script.sh': HONEST_WITH_HISTORY },
    refusedBy: 'test-script',
  }),
  artifactAttack({
    name: 'bug-counts-commits',
    source: '#theory: code that fails by lot, but only where the history is wiped',
    project: unittest,
    prepare: withHistory,
    bug: { 'calc/arith.py': COUNTING },
    refusedBy: ['bug-validity', 'weakening-validity', 'inverse-mutation', 'determinism'],
  }),
];
