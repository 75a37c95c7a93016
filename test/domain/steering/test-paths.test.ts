import { describe, expect, it } from 'vitest';
import { createShadowTest } from '../../../src/domain/steering/python-steering.ts';
import { runnerSteering, steersTestRunner } from '../../../src/domain/steering/runner-steering.ts';
import { isTestPath } from '../../../src/domain/steering/test-paths.ts';

describe('isTestPath', () => {
  it.each([
    'test_cache.py',
    'tests.py',
    'pkg/cache_test.py',
    'pkg/cache_tests.py',
    'tests/data/big.json',
    'pkg/tests/__init__.py',
    'test/helpers.js',
    'src/__tests__/a.tsx',
    'spec/a_spec.rb',
    'lib/spec/support.rb',
    'spec/helpers/server.js',
    'packages/a/spec/data.json',
    'tests/unittest.py',
    'a.test.ts',
    'a.spec.js',
    'a.test.mjs',
    'a-test.js',
    'test.js',
    'test-a.js',
    'uuid_test.go',
    'src/FooTest.java',
    'internal/testdata/a.txt',
    'internal/testutil/server.go',
  ])('takes %s for a test file', (path) => {
    expect(isTestPath(path)).toBe(true);
  });

  it.each([
    'pkg/cache.py',
    'pkg/testing.py',
    'contest.py',
    'pkg/latest.py',
    'numpy/testing/utils.py',
    'src/attest.ts',
    'pkg/protest/a.py',
    'uuid.go',
    'httptest/server.go',
    'README.md',
    'conftest.py',
    'tests/conftest.py',
    'tests/pytest.ini',
    'spec/parser.py',
    'api/spec/schema.go',
    'src/spec/openapi.ts',
  ])('does not take %s for one', (path) => {
    expect(isTestPath(path)).toBe(false);
  });
});

describe('runnerSteering', () => {
  it.each([
    'conftest.py',
    'tests/deep/conftest.py',
    'pytest.ini',
    'tox.ini',
    'jest.config.js',
    'jest.setup.ts',
    'vitest.config.mts',
    'vitest.workspace.ts',
    '.mocharc.yml',
    '.mocharc',
    'babel.config.cjs',
    'tsconfig.json',
    'packages/a/tsconfig.test.json',
    'package-lock.json',
    '.nvmrc',
    'src/setupTests.ts',
    'test/setup-tests.js',
    'test-setup.mjs',
    'sitecustomize.py',
    'src/usercustomize.py',
    'lib/evil.pth',
    'node_modules/chai/index.js',
    'packages/a/node_modules/b/c.js',
    'vendor/github.com/x/y.go',
    'go.work',
    'go.mod',
    'Makefile',
    'pkg.egg-info/entry_points.txt',
    'vendor/modules.txt',
    'tools/vendor/golang.org/x/mod/semver.go',
    'vendor/acme/shop/Cart.php',
    'vendor/bundle/ruby/rspec.rb',
  ])('says that %s steers as a whole', (path) => {
    expect(runnerSteering(path)).toBe('whole');
  });

  it.each(['pyproject.toml', 'setup.cfg', 'package.json', 'packages/a/package.json'])(
    'says that %s steers by key',
    (path) => {
      expect(runnerSteering(path)).toBe('by-key');
    },
  );

  it.each([
    'pkg/one.py',
    'pkg/json.py',
    'pkg/typing.py',
    'src/pkg/queue.py',
    'json.js',
    'src/setup.js',
    'tsconfig.ts',
    'random/data.txt',
    'tests/test_a.py',
    'jest.py',
    'vendors/a.py',
    'shop/vendor/text.py',
    'vendor/models.py',
    'internal/vendor/price.go',
    'src/vendor/list.ts',
    'src/queue.py',
    'profile/views.py',
    'docs/conf.py',
    'Makefile.md',
  ])('leaves %s alone', (path) => {
    expect(steersTestRunner(path)).toBe(false);
  });
});

describe('createShadowTest', () => {
  const isShadow = createShadowTest(['pkg/one.py', 'profile/__init__.py', 'src/queue.py']);

  it.each(['unittest.py', 'json/__init__.py', 'src/random.py', 'tests/unittest/mock.py', 'queue.py', 'src/profile.py'])(
    'takes a new %s for a shadow of the standard library',
    (path) => {
      expect(isShadow(path)).toBe(true);
    },
  );

  it.each(['src/queue.py', 'profile/views.py', 'profile/__init__.py', 'pkg/json.py', 'src/pkg/queue.py', 'json.js'])(
    'takes %s for code of the tree',
    (path) => {
      expect(isShadow(path)).toBe(false);
    },
  );
});
