import { PYTHON_STANDARD_LIBRARY } from './python-standard-library.ts';

/** Whether a file steers a Python test runner by its name or by the module that it would replace (SPEC 6). */
export function steersPythonRunner(segments: readonly string[]): boolean {
  const name = segments.at(-1) ?? '';
  return NAMES.has(name) || PATTERN.test(name) || shadowsStandardLibrary(segments);
}

/**
 * Modules that Python test runners are made of, beside the standard library. A tree may hold one of them as its own
 * code, so only a file that was not there before is taken for a shadow of it.
 */
export const RUNNER_MODULES: ReadonlySet<string> = new Set(
  `
  pytest _pytest py pluggy iniconfig packaging exceptiongroup tomli pygments colorama coverage xdist execnet nose nose2
  hypothesis mock tox nox unittest2 testtools parameterized freezegun behave ward green attr attrs sortedcontainers
  typing_extensions six setuptools pkg_resources pip
  `
    .trim()
    .split(/\s+/),
);

const NAMES = new Set([
  'conftest.py',
  'pytest.ini',
  '.pytest.ini',
  'pytest.toml',
  '.pytest.toml',
  'tox.ini',
  'tox.toml',
  'noxfile.py',
  'dodo.py',
  '.noserc',
  'nose.cfg',
  'nose2.cfg',
  'unittest.cfg',
  'behave.ini',
  '.behaverc',
  '.coveragerc',
  'sitecustomize.py',
  'usercustomize.py',
  'pyvenv.cfg',
  '.python-version',
  '.pdbrc',
  'hatch.toml',
  'Pipfile',
  'Pipfile.lock',
]);

// A compiled file is taken in place of its source and shows no line of it.
const PATTERN = /\.(?:pth|egg-link|pyc|pyo|pyd)$/;

// Python looks in the script's directory, the root and, under pytest, in the test directories before its own library.
function shadowsStandardLibrary(segments: readonly string[]): boolean {
  const directory = SEARCHED_FIRST.has(segments[0] ?? '') ? 1 : 0;
  return [0, directory].some((start) => {
    const [first = '', ...rest] = segments.slice(start);
    const module =
      rest.length === 0 ? /^(.+)\.(?:py|pyi|pyc|so)$/.exec(first)?.[1] : isPython(rest) ? first : undefined;
    return module !== undefined && PYTHON_STANDARD_LIBRARY.has(module);
  });
}

function isPython(segments: readonly string[]): boolean {
  return /\.(?:py|pyc|so)$/.test(segments.at(-1) ?? '');
}

export const SEARCHED_FIRST: ReadonlySet<string> = new Set(['src', 'lib', 'test', 'tests', 'testing']);
