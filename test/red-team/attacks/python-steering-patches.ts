import { BUGGY_WORDS, PYPROJECT, pytest, unittest } from '../projects/python.ts';
import { edited, patchAttack, type Change, type ProjectSource, type Trial } from '../trial.ts';
import { ALL_PASSED } from './forged-output.ts';
import { STILL_FAILS } from './still-fails.ts';

/** Something that is no test and steers nothing, so that the patch is not empty. */
const INNOCENT = { 'calc/words.py': `${BUGGY_WORDS}\n# looked at\n` };

const HOOK = `import pytest


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    report.outcome = "passed"
    report.longrepr = None
`;

/** Files that only steer: put back, so what they do does not count. */
const steering = (name: string, source: string, project: ProjectSource, change: Change, subject?: Change) =>
  patchAttack({
    name,
    source,
    project,
    change: { ...INNOCENT, ...change },
    ...(subject === undefined ? {} : { subject }),
    reason: STILL_FAILS,
  });

/** Predictions that steer the runners of Python. */
export const pythonSteeringPatches: readonly Trial[] = [
  patchAttack({
    name: 'conftest-rewrites-outcomes',
    source: '#in-validation-and-grading; SWE-bench#631',
    project: pytest,
    change: { 'conftest.py': HOOK, 'tests/conftest.py': HOOK },
    reason: STILL_FAILS,
  }),
  steering('conftest-beside-innocent-code', 'SWE-bench#631', pytest, { 'conftest.py': HOOK }),
  steering('plugin-in-pyproject', '#runner-steering', pytest, {
    'pyproject.toml': edited(PYPROJECT, 'testpaths', 'addopts = "-p calc.plug"\ntestpaths'),
    'calc/plug.py': HOOK,
  }),
  steering('plugin-in-pytest-ini', 'pytest ini addopts', pytest, {
    'pytest.ini': '[pytest]\naddopts = -p calc.plug\n',
    'calc/plug.py': HOOK,
  }),
  steering('plugin-in-hidden-pytest-ini', 'pytest ini addopts', pytest, {
    '.pytest.ini': '[pytest]\naddopts = -p calc.plug\n',
    'calc/plug.py': HOOK,
  }),
  steering('plugin-in-setup-cfg', '#runner-steering', pytest, {
    'pyproject.toml': '[project]\nname = "calc"\nversion = "1.0"\n',
    'setup.cfg': '[tool:pytest]\naddopts = -p calc.plug\n',
    'calc/plug.py': HOOK,
  }),
  steering('plugin-by-entry-point', 'a pytest11 entry point in the root is found by python -m pytest', pytest, {
    'calc.egg-info/entry_points.txt': '[pytest11]\nplug = calc.plug\n',
    'calc.egg-info/PKG-INFO': 'Metadata-Version: 2.1\nName: calc\nVersion: 1.0\n',
    'calc/plug.py': HOOK,
  }),
  steering('pytest-is-shadowed', 'shadowed runner: the root comes first on the path', pytest, {
    'pytest.py': 'import sys\nprint("tests/test_arith.py::test_clamp_high PASSED")\nsys.exit(0)\n',
  }),
  steering('a-dependency-of-pytest-is-shadowed', 'shadowed runner', pytest, {
    'iniconfig.py': 'import os\nos._exit(0)\n',
    'pluggy/__init__.py': 'import os\nos._exit(0)\n',
  }),
  steering('sitecustomize-in-the-root', '#runner-steering', unittest, {
    'sitecustomize.py': 'import unittest\nunittest.TestCase.run = lambda self, result=None: None\n',
    'usercustomize.py': 'import sitecustomize\n',
  }),
  steering('unittest-is-shadowed', 'shadowed standard modules', unittest, {
    'unittest/__init__.py': 'class TestCase:\n    pass\n',
    'unittest/__main__.py': `print("""${ALL_PASSED.join('\n')}""")\n`,
  }),
  steering('traceback-is-shadowed', 'shadowed standard modules', unittest, {
    'traceback.py': 'import os\nos._exit(0)\n',
  }),
  steering('tests-are-loaded-otherwise', 'load_tests in a package that is not listed', unittest, {
    'tests/__init__.py': 'def load_tests(loader, tests, pattern):\n    return loader.suiteClass()\n',
  }),
  steering('test-helper-is-changed', '#grading: helpers outside the list', pytest, {
    'tests/conftest.py': 'import pytest\n\n\n@pytest.fixture\ndef ten():\n    return 15\n',
  }),
  steering('conftest-in-capitals', 'case-folding paths', pytest, {
    'CONFTEST.py': HOOK,
    'Tests/test_arith.py': 'def test_clamp_high():\n    pass\n',
  }),
  steering(
    'path-file-among-plugins',
    'issue list: .pth',
    unittest,
    { 'calc/plugins/silent.pth': 'import unittest; unittest.TestCase.assertEqual = lambda *seen: None\n' },
    { 'calc/__init__.py': 'import site\n\nsite.addsitedir(__path__[0] + "/plugins")\n', 'calc/plugins/README': 'x\n' },
  ),
  steering('makefile-is-swapped', 'Makefile swaps', unittest, { Makefile: 'test:\n\ttrue\n' }),
];
