import { describe, expect, it } from 'vitest';
import { protectedPaths, type ProtectionSetting } from '../../../src/domain/grading/protection.ts';
import { readShell } from '../../../src/syntax/shell-script.ts';

const setting: Omit<ProtectionSetting, 'touched'> = {
  treeFiles: [
    'pkg/__init__.py',
    'pkg/core.py',
    'pkg/checks.py',
    'inner/__init__.py',
    'inner/test_inner.py',
    'flat/core.py',
    'flat/test_flat.py',
    'e2e/test_all.py',
    'scripts/run_tests.sh',
    'conftest.py',
    'tests/__init__.py',
    'tests/test_core.py',
    'src/a.ts',
    'src/a.test.ts',
  ],
  testFiles: ['tests/test_core.py', 'pkg/checks.py'],
  oracleTexts: ['import numpy as np, removed\nfrom hidden_asserts import same\nfrom pkg.core import one\nimport pkg\n'],
  script: readShell('cd work && bash scripts/run_tests.sh && python -m pytest tests pkg/core.py\n'),
  configurations: [{ path: 'package.json', text: '{"jest": {"setupFiles": ["./scripts/env.js", "pkg/core.py"]}}' }],
  bugFiles: ['pkg/core.py', 'removed.py'],
};

function protectionOf(path: string) {
  return protectedPaths({ ...setting, touched: [path] }).get(path);
}

describe('protectedPaths', () => {
  it.each([
    ['pkg/checks.py', 'oracle'],
    ['tests/test_core.py', 'oracle'],
    ['tests/test_new.py', 'test'],
    ['tests/helpers/data.json', 'test'],
    ['src/__snapshots__/a.test.ts.snap', 'test'],
    ['conftest.py', 'steering'],
    ['CONFTEST.py', 'steering'],
    ['pkg/__pycache__/core.cpython-311.pyc', 'steering'],
    ['scripts/run_tests.sh', 'named-by-script'],
    ['scripts/env.js', 'named-by-runner'],
    ['Pkg/Checks.py', 'twin'],
    ['FLAT/TEST_FLAT.PY', 'twin'],
  ])('puts %s back: %s', (path, protection) => {
    expect(protectionOf(path)).toBe(protection);
  });

  it.each([
    ['a package in place of an oracle module', 'pkg/checks/__init__.py'],
    ['a compiled module in place of an oracle module', 'pkg/checks.cpython-311-x86_64-linux-gnu.so'],
    ['a package in place of a test beside code', 'flat/test_flat/__init__.py'],
    ['a module in place of a folder of tests', 'e2e.py'],
    ['a file in place of a folder of tests', 'tests'],
    ['a module of the runner', 'pytest.py'],
    ['a package of the runner', '_pytest/__init__.py'],
    ['a module that the runner imports', 'src/pluggy.py'],
    ['a module of the standard library beside a test that is in no package', 'flat/random.py'],
    ['a module of the runner where the script goes', 'work/pytest.py'],
    ['what the oracle tests import from elsewhere', 'numpy/__init__.py'],
    ['what the oracle tests import from nowhere in the tree', 'hidden_asserts.py'],
  ])('puts %s back', (_, path) => {
    expect(['shadow', 'steering', 'test', 'named-by-script']).toContain(protectionOf(path));
  });

  it.each([
    ['code', 'pkg/other.py'],
    ['code of the bug that the script names', 'pkg/core.py'],
    ['a file that the bug removed and tests import', 'removed.py'],
    ['a module inside a package that is called like one of the runner', 'inner/pytest.py'],
    ['a module inside a package that is called like one of the library', 'inner/random.py'],
    ['a new package', 'other/__init__.py'],
    ['source beside its test', 'src/a.ts'],
    ['a file that steers by key', 'setup.cfg'],
    ['documentation', 'README.md'],
  ])('leaves %s alone', (_, path) => {
    expect(protectionOf(path)).toBeUndefined();
  });
});
