import { parse } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { mergeRunnerKeys } from '../../../src/domain/steering/runner-keys.ts';

const PYPROJECT = `[build-system]
requires = ["setuptools"]

[project]
name = "pkg"
version = "1.0"
[project.entry-points.pytest11]
own = "pkg.plugin"

[tool.pytest.ini_options]
addopts = "-q"

[tool.own]
ratio = 1.0
count = 3
`;

describe('mergeRunnerKeys of pyproject.toml', () => {
  const merge = (after: string) => mergeRunnerKeys('sub/pyproject.toml', PYPROJECT, after);

  it('keeps the own keys of a prediction and puts the runner back', () => {
    const after = PYPROJECT.replace('"-q"', '"-q -p evil"').replace('count = 3', 'count = 4').replace('1.0"', '2.0"');
    const merge1 = merge(after);
    if (!merge1.merged) throw new Error(merge1.problem);
    expect(merge1.keys).toEqual(['tool.pytest']);
    expect(parse(merge1.text)).toEqual(parse(after.replace(' -p evil', '')));
    expect(merge1.text).toMatch(/ratio = 1\.0\b/);
    expect(merge1.text).toMatch(/count = 4$/m);
  });

  it.each([
    ['an added runner table', `${PYPROJECT}[tool.coverage.run]\nplugins = ["evil"]\n`, 'tool.coverage'],
    ['a removed runner table', PYPROJECT.replace('[tool.pytest.ini_options]', '[tool.other]'), 'tool.pytest'],
    ['a new plug-in', PYPROJECT.replace('pkg.plugin', 'evil'), 'project.entry-points'],
    ['another build backend', PYPROJECT.replace('"setuptools"', '"evil"'), 'build-system'],
    ['a tool that is no table any more', 'tool = 1\n', 'tool'],
    ['nothing left', '', 'tool'],
  ])('sets %s aside', (_, after, key) => {
    const merged = merge(after);
    if (!merged.merged) throw new Error(merged.problem);
    expect(merged.keys).toContain(key);
    expect(parse(merged.text)).toMatchObject({ tool: { pytest: { ini_options: { addopts: '-q' } } } });
    expect(merged.text).not.toContain('evil');
  });

  it.each(['[tool', 'a = 1\na = 2\n', '__proto__ = 1\n', `a = ${'['.repeat(500)}${']'.repeat(500)}\n`])(
    'does not merge what is no TOML: %.20s',
    (after) => {
      expect(merge(after)).toMatchObject({ merged: false });
    },
  );
});

describe('mergeRunnerKeys of package.json', () => {
  const before = JSON.stringify({ name: 'pkg', version: '1.0.0', scripts: { test: 'mocha' }, own: { a: 1 } });
  const merge = (after: string) => mergeRunnerKeys('package.json', before, after);

  it('keeps own keys and puts scripts, module resolution and runners back', () => {
    const after = {
      name: 'pkg',
      version: '1.0.1',
      type: 'module',
      scripts: { test: 'true' },
      jest: { reporters: ['./evil.js'] },
      exports: './evil.js',
      imports: { '#x': './evil.js' },
      own: { a: 2 },
    };
    const merged = merge(JSON.stringify(after));
    if (!merged.merged) throw new Error(merged.problem);
    expect(merged.keys).toEqual(['type', 'scripts', 'jest', 'exports', 'imports']);
    expect(JSON.parse(merged.text)).toEqual({
      name: 'pkg',
      version: '1.0.1',
      scripts: { test: 'mocha' },
      own: { a: 2 },
    });
  });

  it.each(['', '[]', '{"a": 1,}', '\uFEFF{}', '{"scripts": {}, "scripts": {"test": "true"}}', 'null'])(
    'does not merge %j',
    (after) => {
      expect(merge(after)).toMatchObject({ merged: false });
    },
  );

  it('treats __proto__ as a key like any other', () => {
    const merged = merge('{"__proto__": {"scripts": {"test": "true"}}}');
    if (!merged.merged) throw new Error(merged.problem);
    expect(JSON.parse(merged.text)).toMatchObject({ scripts: { test: 'mocha' } });
  });
});

describe('mergeRunnerKeys of setup.cfg', () => {
  const before = '[metadata]\nname = pkg\n\n[tool:pytest]\naddopts = -q\n';
  const merge = (after: string) => mergeRunnerKeys('setup.cfg', before, after);

  it('keeps own sections and puts those of runners back', () => {
    const merged = merge(
      '# mine\n[metadata]\nname = pkg\nlong =\n    two\n    lines\n[tool:pytest]\naddopts = -p evil\n[aliases]\ntest=true\n[mypy]\nstrict = 1\n',
    );
    expect(merged).toEqual({
      merged: true,
      text: '# mine\n[metadata]\nname = pkg\nlong =\n    two\n    lines\n[mypy]\nstrict = 1\n\n[tool:pytest]\naddopts = -q\n\n',
      keys: ['tool:pytest', 'aliases'],
    });
  });

  it.each([
    ['a header twice', '[tool:pytest]\n[tool:pytest]\n'],
    ['an indented header', '[metadata]\n  [tool:pytest]\n'],
    ['a header with something behind it', '[metadata]\n[tool:pytest] # x\n'],
    ['lines before any section', 'addopts = -p evil\n'],
    ['a form feed, which iniconfig takes for a line end', '[metadata]\nname = x\f[tool:pytest]\n'],
    ['a lone carriage return', '[metadata]\nname = x\r[tool:pytest]\raddopts = -p evil\n'],
    ['a byte order mark', '\uFEFF[tool:pytest]\n'],
  ])('does not merge %s', (_, after) => {
    expect(merge(after)).toMatchObject({ merged: false });
  });
});
