import { steersJavaScriptRunner } from './javascript-steering.ts';
import { PYTHON_STANDARD_LIBRARY } from './python-standard-library.ts';

/**
 * How far a file steers the test runner (SPEC 6): as a whole, by some of its keys, or not at all.
 *
 * What steers as a whole is put back as a file before grading; `by-key` means a file that holds other things too and is
 * put back key by key, with a parser.
 */
export function runnerSteering(path: string): 'whole' | 'by-key' | undefined {
  const segments = path.split('/');
  const name = segments.at(-1) ?? '';
  if (BY_KEY.has(name)) return 'by-key';
  const steers =
    WHOLE.has(name) ||
    WHOLE_PATTERN.test(name) ||
    steersJavaScriptRunner(name) ||
    segments.slice(0, -1).some((segment) => STEERING_DIRECTORY.test(segment)) ||
    shadowsStandardLibrary(segments);
  return steers ? 'whole' : undefined;
}

/** Whether a file steers the test runner, wholly or by key; a bug may not touch such a file (SPEC 4, check 1). */
export function steersTestRunner(path: string): boolean {
  return runnerSteering(path) !== undefined;
}

const BY_KEY = new Set(['pyproject.toml', 'setup.cfg', 'package.json']);

const WHOLE = new Set([
  // Python
  'conftest.py',
  'pytest.ini',
  '.pytest.ini',
  'tox.ini',
  'noxfile.py',
  '.noserc',
  'nose.cfg',
  'unittest.cfg',
  '.coveragerc',
  'sitecustomize.py',
  'usercustomize.py',
  'pyvenv.cfg',
  // JavaScript
  'mocha.opts',
  '.npmrc',
  '.yarnrc',
  '.yarnrc.yml',
  '.taprc',
  // Go
  'go.work',
  'go.work.sum',
  'go.mod',
  'go.sum',
  'go.env',
  '.go-version',
  'magefile.go',
  // Build tools whose targets run tests
  'Makefile',
  'makefile',
  'GNUmakefile',
  'justfile',
  'Taskfile.yml',
  'Taskfile.yaml',
  'Rakefile',
  '.env',
  '.envrc',
]);

const WHOLE_PATTERN = new RegExp(
  [
    String.raw`\.pth$`,
    String.raw`^(?:jest|vitest|vite|karma|ava|babel|playwright|cypress|tap|nyc)[.-](?:config|setup|workspace|conf|preset)\b`,
    String.raw`^\.(?:mocharc|babelrc|swcrc|nycrc|jestrc)(?:\.\w+)?$`,
    String.raw`^\.pnp\.\w+$`,
  ].join('|'),
);

// Packages found in one of these replace or extend the runner (a `pytest11` entry point is a plug-in).
const STEERING_DIRECTORY = /^(?:node_modules|vendor|site-packages)$|\.(?:egg|dist)-info$/;

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

const SEARCHED_FIRST = new Set(['src', 'lib', 'test', 'tests', 'testing']);
