import { PYTHON_STANDARD_LIBRARY } from './python-standard-library.ts';

/** Whether a file of this name steers a Python test runner. */
export function steersPythonRunner(name: string): boolean {
  return NAMES.has(name) || PATTERN.test(name);
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

/**
 * Says of a path that a tree does not hold whether it would replace a module of the standard library. A tree whose own
 * files have such a name has lived with it: they are its code (an application called `profile`, a queue in `src`).
 */
export function createShadowTest(treeFiles: readonly string[]): (path: string) => boolean {
  const present = new Set(treeFiles);
  const own = new Set(treeFiles.flatMap(standardModules));
  return (path) => !present.has(path) && standardModules(path).some((module) => !own.has(module));
}

/** The modules of the standard library that a file replaces, by the folder in which Python finds it first. */
function standardModules(path: string): readonly string[] {
  const segments = path.split('/');
  const places = SEARCHED_FIRST.has(segments[0] ?? '') ? [0, 1] : [0];
  return places.flatMap((start) => {
    const [first = '', ...rest] = segments.slice(start);
    const module =
      rest.length === 0 ? /^(.+)\.(?:py|pyi|pyc|so)$/.exec(first)?.[1] : isPython(rest) ? first : undefined;
    if (module === undefined || !PYTHON_STANDARD_LIBRARY.has(module)) return [];
    return [[...segments.slice(0, start), module].join('/')];
  });
}

function isPython(segments: readonly string[]): boolean {
  return /\.(?:py|pyc|so)$/.test(segments.at(-1) ?? '');
}

// Python looks in the script's directory, the root and, under pytest, in the test directories before its own library.
export const SEARCHED_FIRST: ReadonlySet<string> = new Set(['src', 'lib', 'test', 'tests', 'testing']);
