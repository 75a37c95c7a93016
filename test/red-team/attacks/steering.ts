import { go, GO_LIMITS } from '../projects/go.ts';
import { JAVASCRIPT_BUG, mocha, PACKAGE } from '../projects/javascript.ts';
import { BUG, PYPROJECT, pytest, unittest } from '../projects/python.ts';
import { TYPED_LIMITS, vitest } from '../projects/typescript.ts';
import { artifactAttack, edited, type Change, type ProjectSource, type Trial } from '../trial.ts';

/** A bug that lies in what steers the runner instead of in the code. */
const steering = (
  name: string,
  project: ProjectSource,
  bug: Change,
  source = '#runner-steering',
  subject: Change = {},
) => artifactAttack({ name: `bug-in-${name}`, source, project, subject, bug, refusedBy: 'test-files' });

const FAIL_HIGH = `import pytest


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if "clamp_high" in item.name:
        report.outcome = "failed"
    return report
`;

/** The injector's side: failures that come from files which no solver may repair. */
export const steeringAttacks: readonly Trial[] = [
  steering('conftest', pytest, { ...BUG, 'conftest.py': FAIL_HIGH }, 'SWE-bench#631 turned round'),
  steering('pytest-ini', pytest, { ...BUG, 'pytest.ini': '[pytest]\naddopts = --deselect tests/test_arith.py\n' }),
  steering('pyproject', pytest, {
    ...BUG,
    'pyproject.toml': edited(PYPROJECT, 'testpaths', 'addopts = "-p calc.words"\ntestpaths'),
  }),
  steering('setup-cfg', pytest, { ...BUG, 'setup.cfg': '[tool:pytest]\naddopts = -x\n' }),
  steering('tox-ini', pytest, { ...BUG, 'tox.ini': '[pytest]\naddopts = -x\n' }),
  steering('sitecustomize', unittest, { ...BUG, 'sitecustomize.py': 'import calc\n' }),
  steering('a-path-file', unittest, { ...BUG, 'calc.pth': 'import calc\n' }, 'issue list: .pth'),
  steering('a-shadow-of-random', unittest, { ...BUG, 'random.py': 'raise ImportError\n' }, 'shadowed modules'),
  steering('a-shadow-among-the-tests', unittest, { ...BUG, 'tests/traceback.py': '' }, 'shadowed modules'),
  steering('a-test-helper', unittest, { ...BUG, 'tests/helper.py': 'X = 1\n' }, '#grading: helpers outside the list'),
  steering('a-plugin-entry-point', pytest, {
    ...BUG,
    'calc.egg-info/entry_points.txt': '[pytest11]\ncalc = calc.words\n',
  }),
  steering('package-json', mocha, {
    ...JAVASCRIPT_BUG,
    'package.json': JSON.stringify({ ...PACKAGE, scripts: { test: 'mocha --reporter tap --grep limits test' } }),
  }),
  steering('mocharc', mocha, { ...JAVASCRIPT_BUG, '.mocharc.json': '{ "require": ["./lib/names.js"] }\n' }),
  steering(
    'jest-config',
    mocha,
    {
      ...JAVASCRIPT_BUG,
      'jest.config.js': "module.exports = { setupFilesAfterEnv: ['<rootDir>/lib/names.js'] };\n",
    },
    'jest config; refused by its name, whatever runs the tests',
  ),
  steering(
    'package-json-of-jest',
    mocha,
    {
      ...JAVASCRIPT_BUG,
      'package.json': JSON.stringify({ ...PACKAGE, jest: { setupFilesAfterEnv: ['<rootDir>/lib/names.js'] } }),
    },
    'the key jest of package.json; refused by its name, whatever runs the tests',
  ),
  steering(
    'a-set-up-file-of-jest',
    mocha,
    { ...JAVASCRIPT_BUG, 'scripts/start.js': 'afterEach(() => undefined);\n' },
    'setupFilesAfterEnv: set-up files under any name',
    {
      'scripts/start.js': '',
      'jest.config.js': "module.exports = { setupFilesAfterEnv: ['<rootDir>/scripts/start.js'] };\n",
    },
  ),
  steering('npmrc', mocha, { ...JAVASCRIPT_BUG, '.npmrc': 'node-options=--require ./lib/names.js\n' }),
  steering('node-modules', mocha, { ...JAVASCRIPT_BUG, 'node_modules/assert/index.js': 'module.exports = {}\n' }),
  steering('vitest-config', vitest, {
    'src/limits.ts': edited(TYPED_LIMITS, 'return high', 'return low'),
    'vitest.config.ts': 'export default { test: { setupFiles: ["./src/limits.ts"] } };\n',
  }),
  steering(
    'a-set-up-file',
    vitest,
    {
      'src/limits.ts': edited(TYPED_LIMITS, 'return high', 'return low'),
      'scripts/start.ts': "import { beforeEach } from 'vitest';\n\nbeforeEach(({ skip }) => skip(false));\n",
    },
    '#grading: set-up files under any name',
    {
      'scripts/start.ts': 'export const started = true;\n',
      'vitest.config.ts': "export default { test: { setupFiles: ['./scripts/start.ts'] } };\n",
    },
  ),
  steering(
    'a-plugin-of-conftest',
    pytest,
    { ...BUG, 'calc/fixtures.py': FAIL_HIGH },
    '#grading: set-up files under any name',
    { 'calc/fixtures.py': '', 'conftest.py': "pytest_plugins = ['calc.fixtures']\n" },
  ),
  steering('tsconfig', vitest, {
    'src/limits.ts': edited(TYPED_LIMITS, 'return high', 'return low'),
    'tsconfig.json': '{ "compilerOptions": { "paths": { "*": ["./src/*"] } } }\n',
  }),
  steering('go-mod', go, {
    'limits.go': edited(GO_LIMITS, 'return high', 'return low'),
    'go.mod': 'module example.com/limits\n\ngo 1.21\n\nreplace example.com/x => ./x\n',
  }),
  steering('test-main', go, {
    'limits.go': edited(GO_LIMITS, 'return high', 'return low'),
    'main_test.go':
      'package limits\n\nimport (\n\t"os"\n\t"testing"\n)\n\nfunc TestMain(m *testing.M) { os.Exit(m.Run()) }\n',
  }),
  steering('a-makefile', unittest, { ...BUG, Makefile: 'test:\n\tpython3 -m unittest\n' }),
];
