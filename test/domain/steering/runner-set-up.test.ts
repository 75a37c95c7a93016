import { describe, expect, it } from 'vitest';
import { mayNameSetUp, namedBySetUp } from '../../../src/domain/steering/runner-set-up.ts';

describe('namedBySetUp', () => {
  it.each([
    ['package.json', '{"jest": {"setupFiles": ["<rootDir>/scripts/env.js"]}}', 'scripts/env.js'],
    ['package.json', '{"scripts": {"test": "mocha -r ./scripts/register.cjs"}}', 'scripts/register.cjs'],
    ['vitest.config.ts', "export default { test: { globalSetup: './scripts/global.ts' } }", 'scripts/global.ts'],
    ['vitest.config.ts', "test: { setupFiles: ['./one.ts',\n './scripts/two'] }", 'scripts/two.ts'],
    ['packages/a/jest.config.js', 'module.exports = { testEnvironment: "./env/dom.js" }', 'packages/a/env/dom.js'],
    ['jest.config.js', 'transform: { "\\\\.ts$": "./scripts/compile.js" }', 'scripts/compile.js'],
    ['.mocharc.yml', 'require:\n  - ./scripts/one.js\n  - ./scripts/two.js\n', 'scripts/two.js'],
    ['.mocharc.json', '{"reporter": "./scripts/report.js"}', 'scripts/report.js'],
    ['pytest.ini', '[pytest]\naddopts = -q -p pkg.checking.plugin\n', 'pkg/checking/plugin.py'],
    ['pyproject.toml', '[tool.pytest.ini_options]\naddopts = ["-p", "x", "-ppkg.plugin"]\n', 'src/pkg/plugin.py'],
    ['conftest.py', 'pytest_plugins = ["pkg.fixtures", "other"]\n', 'pkg/fixtures/__init__.py'],
  ])('%s with %j names %s', (path, text, file) => {
    expect(mayNameSetUp(path)).toBe(true);
    expect(namedBySetUp([{ path, text }])(file)).toBe(true);
  });

  it.each([
    ['package.json', '{"main": "./index.js", "files": ["lib"]}', 'index.js'],
    ['package.json', '{"exports": {".": {"import": "./index.mjs", "require": "./index.js"}}}', 'index.js'],
    ['setup.cfg', '[metadata]\nlong_description = file: src/about.py\n', 'src/about.py'],
    ['vitest.config.ts', "resolve: { alias: { pkg: './src/index.ts' } }", 'src/index.ts'],
    ['jest.config.js', "collectCoverageFrom: ['src/core.js']", 'src/core.js'],
    ['conftest.py', 'from pkg.core import one\n', 'pkg/core.py'],
    ['pytest.ini', '[pytest]\ntestpaths = tests\npythonpath = src\n', 'src/core.py'],
  ])('%s with %j does not name %s', (path, text, file) => {
    expect(namedBySetUp([{ path, text }])(file)).toBe(false);
  });

  it.each(['node_modules/a/package.json', 'vendor/x/jest.config.js', 'src/config.js', 'README.md'])(
    'is not asked about %s',
    (path) => {
      expect(mayNameSetUp(path)).toBe(false);
    },
  );

  it('ends soon on hostile text', () => {
    const text = `${'setupFiles: '.repeat(5_000)}${'- \n'.repeat(20_000)}${'['.repeat(20_000)}`;
    const startedAt = performance.now();
    namedBySetUp([{ path: 'jest.config.js', text }]);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });
});
