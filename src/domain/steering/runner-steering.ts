import { steersBuild } from './build-steering.ts';
import { steersJavaScriptRunner } from './javascript-steering.ts';
import { steersPythonRunner } from './python-steering.ts';

/**
 * How far a file steers the test runner (docs/specification.md#runner-steering): as a whole, by some of its keys, or
 * not at all.
 *
 * What steers as a whole is put back as a file before grading; `by-key` means a file that holds other things too and is
 * put back key by key, with a parser. A name in other letters (`CONFTEST.PY`) steers too, for file systems that do not
 * tell them apart.
 */
export function runnerSteering(path: string): 'whole' | 'by-key' | undefined {
  if (BY_KEY.has(nameOf(path))) return 'by-key';
  const folded = path.toLowerCase();
  return steersWhole(path) || BY_KEY.has(nameOf(folded)) || steersWhole(folded) ? 'whole' : undefined;
}

/**
 * Whether a file steers the test runner, wholly or by key; a bug may not touch such a file
 * (docs/specification.md#test-files).
 */
export function steersTestRunner(path: string): boolean {
  return runnerSteering(path) !== undefined;
}

const BY_KEY = new Set(['pyproject.toml', 'setup.cfg', 'package.json']);

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function steersWhole(path: string): boolean {
  const segments = path.split('/');
  return (
    steersPythonRunner(nameOf(path)) ||
    steersJavaScriptRunner(nameOf(path)) ||
    steersBuild(nameOf(path)) ||
    segments.slice(0, -1).some((segment) => STEERING_DIRECTORY.test(segment)) ||
    VENDORED.test(path)
  );
}

// Packages found in one of these replace or extend the runner (a `pytest11` entry point is a plug-in), and compiled
// Python is taken in place of its source.
const STEERING_DIRECTORY =
  /^(?:node_modules|site-packages|dist-packages|__pycache__|\.?venv|virtualenv|\.tox|\.nox|\.cargo|\.mvn|\.yarn)$|\.(?:egg|dist)-info$/;

// Where Go, PHP and Ruby keep packages: at the root, or below a host's name (`vendor/github.com/x`). Elsewhere `vendor` is a
// word like another: a shop has vendors.
const VENDORED =
  /^vendor\/(?:.+\.(?:go|php|rb|s|c|h)|modules\.txt|autoload\.php|(?:bin|bundle|cache|composer|gems)\/.+)$|(?:^|\/)vendor\/(?:modules\.txt$|[\w-]+\.[\w.-]+\/)/;
