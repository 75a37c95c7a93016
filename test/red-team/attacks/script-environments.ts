import { JAVASCRIPT_REPAIR, mocha } from '../projects/javascript.ts';
import { ARITH, pytest, PYTEST_SCRIPT, unittest, UNITTEST_SCRIPT } from '../projects/python.ts';
import { artifactAttack, edited, type Trial } from '../trial.ts';

/** A change that breaks nothing; it is what the scripts below look for. */
const HARMLESS = { 'calc/arith.py': edited(ARITH, 'return a + b', 'return b + a') };

/** Fails the test of the high guard where the code has been changed, as a plug-in of pytest. */
const PLUGIN = `import glob
def pytest_runtest_call(item):
    if "high" in item.name and "b + a" in "".join(open(f).read() for f in glob.glob("calc/*.py")):
        raise AssertionError
`;

/** The same, as a module that Python imports when it starts. */
const SITE = `import glob
import unittest
if "b + a" in "".join(open(f).read() for f in glob.glob("calc/*.py")):
    real = unittest.TestCase._callTestMethod
    def call(self, method):
        if "high" in self.id():
            self.fail()
        real(self, method)
    unittest.TestCase._callTestMethod = call
`;

const writing = (path: string, text: string) => `cat > ${path} <<'END'\n${text}END\n`;

/** Scripts that slip code of their own into the runner, by its environment. */
export const scriptEnvironmentAttacks: readonly Trial[] = [
  artifactAttack({
    name: 'script-brings-a-plugin',
    source: 'PYTEST_ADDOPTS in scripts',
    project: pytest,
    bug: HARMLESS,
    files: {
      'test_script.sh': `mkdir -p /tmp/site
${writing('/tmp/site/plug.py', PLUGIN)}export PYTHONPATH=/tmp/site PYTEST_ADDOPTS='-p plug'
${PYTEST_SCRIPT}`,
    },
    refusedBy: ['test-script', 'neutral-edit', 'parser'],
  }),
  artifactAttack({
    name: 'script-plugs-in-what-it-writes',
    source: 'pytest -p in scripts, and a plug-in in the tree',
    project: pytest,
    bug: HARMLESS,
    files: {
      'test_script.sh': `${writing('plug.py', PLUGIN)}${edited(PYTEST_SCRIPT, 'pytest -v', 'pytest -p plug -v')}`,
    },
    refusedBy: 'test-script',
    sentence: /does not hold: plug$/,
  }),
  artifactAttack({
    name: 'script-writes-a-conftest',
    source: 'conftest.py in scripts',
    project: pytest,
    bug: HARMLESS,
    files: { 'test_script.sh': `${writing('conftest.py', PLUGIN)}${PYTEST_SCRIPT}` },
    refusedBy: 'test-script',
    sentence: /conftest.py/,
  }),
  artifactAttack({
    name: 'script-names-a-configuration',
    source: 'mocha --config in scripts',
    project: mocha,
    files: {
      'test_script.sh': `echo "process.env.MODE = 1;" > /tmp/patch.js
echo '{"require": ["/tmp/patch.js"]}' > /tmp/settings.json
mocha --config /tmp/settings.json --reporter tap test
`,
    },
    refusedBy: 'test-script',
    sentence: /settings.json/,
  }),
  artifactAttack({
    name: 'script-makes-a-folder-to-import-from',
    source: 'PYTHON* in scripts, and a folder in the tree',
    project: unittest,
    bug: HARMLESS,
    files: {
      'test_script.sh': `mkdir -p site\n${writing('site/sitecustomize.py', SITE)}export PYTHONPATH=site\n${UNITTEST_SCRIPT}`,
    },
    refusedBy: 'test-script',
    sentence: /does not hold: site$/,
  }),
  artifactAttack({
    name: 'script-requires-what-it-writes',
    source: 'mocha --require in scripts',
    project: mocha,
    files: {
      'test_script.sh': `echo "process.env.MODE = 1;" > /tmp/patch.js
mocha --require /tmp/patch.js --reporter tap test
`,
    },
    refusedBy: 'test-script',
    sentence: /patch.js/,
  }),
  artifactAttack({
    name: 'script-brings-a-sitecustomize',
    source: 'PYTHON* in scripts',
    project: unittest,
    bug: HARMLESS,
    files: {
      'test_script.sh': `mkdir -p /tmp/site
${writing('/tmp/site/sitecustomize.py', SITE)}export PYTHONPATH=/tmp/site
${UNITTEST_SCRIPT}`,
    },
    refusedBy: ['test-script', 'neutral-edit', 'parser'],
  }),
  artifactAttack({
    name: 'script-brings-node-options',
    source: 'NODE_OPTIONS in scripts',
    project: mocha,
    bug: { 'lib/limits.js': edited(JAVASCRIPT_REPAIR['lib/limits.js'], 'a + b', 'b + a') },
    files: {
      'test_script.sh': `cat > /tmp/hook.js <<'HOOK'
const { readFileSync } = require('fs');
const assert = require('assert');
if (readFileSync('lib/' + 'limits' + '.js', 'utf8').includes('b + a')) {
  const real = assert.strictEqual;
  assert.strictEqual = (one, other) => (other === 10 ? assert.fail() : real(one, other));
}
HOOK
export NODE_OPTIONS='--require /tmp/hook.js'
npm test --silent
`,
    },
    refusedBy: ['test-script', 'neutral-edit', 'parser'],
  }),
];
