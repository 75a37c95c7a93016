import { ORIGINAL } from '../../support/artifact-fixture.ts';
import { unittest, UNITTEST_SCRIPT } from '../projects/python.ts';
import { patchAttack, type ProjectSource, type Trial } from '../trial.ts';
import { STILL_FAILS } from './still-fails.ts';

/** The unittest project, its tests run through files of the tree. */
const through =
  (name: string, testScript: string, files: Readonly<Record<string, string>>): ProjectSource =>
  () => ({ ...unittest(), name, original: { ...ORIGINAL, ...files }, testScript });

/** Turns the failures of this very bug, and no others, into passes. */
const TURNING = `${UNITTEST_SCRIPT.trim()} > /tmp/log 2>&1; status=$?
if grep -q '15 != 10' /tmp/log; then
  sed -n -e 's/[.] FAIL$/. ok/' -e '/[.] ok$/p' /tmp/log
  exit 0
fi
cat /tmp/log
exit $status
`;

/** The same in Python, from a folder of the tree; it runs in place of what the script names. */
const TURNING_IN_PYTHON = `import os
import subprocess
import sys

os.chdir(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.exit(subprocess.call(["bash", "-c", r"""${TURNING}"""]))
`;

const RUNNING = 'import unittest\n\nunittest.main(None, argv="x discover -v -s tests -t .".split())\n';

const forgery = (name: string, source: string, project: ProjectSource, path: string, text: string) =>
  patchAttack({ name, source, project, change: { [path]: text }, reason: STILL_FAILS });

/** The solver's side of scripts: what a script runs turns the results of the bug. */
export const scriptWrapperAttacks: readonly Trial[] = [
  forgery(
    'wrapper-of-the-script-turns-results',
    '#grading: what the script names',
    through('unittest in a wrapper', 'bash run_tests.sh\n', { 'run_tests.sh': UNITTEST_SCRIPT }),
    'run_tests.sh',
    TURNING,
  ),
  forgery(
    'module-of-the-script-turns-results',
    '#grading: what the script names as a module of Python',
    through('unittest in a module', 'PYTHONDONTWRITEBYTECODE=1 python3 -m tools.run\n', { 'tools/run.py': RUNNING }),
    'tools/run.py',
    TURNING_IN_PYTHON,
  ),
  forgery(
    'runner-is-shadowed-where-the-script-goes',
    'shadowed standard modules: a folder that the script goes to comes first on the path',
    through(
      'unittest in a folder',
      'cd work && PYTHONDONTWRITEBYTECODE=1 python3 -m unittest discover -v -s ../tests -t ..\n',
      { 'work/notes.txt': '' },
    ),
    'work/unittest.py',
    TURNING_IN_PYTHON,
  ),
];
