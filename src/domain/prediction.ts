import { steersTestRunner } from './runner-steering.ts';
import { isTestPath } from './test-files.ts';
import { filesTouchedBy, readDiff, restrictDiff } from './unified-diff.ts';

/** A submitted diff as far as grading applies it, and the paths that it sets aside. */
export type Prediction =
  | { readonly gradable: true; readonly diff: string; readonly setAside: readonly string[] }
  | { readonly gradable: false; readonly problem: string };

/**
 * The part of a submitted diff that counts (SPEC 6, "Runner tampering"): what it does to tests, listed or not, and to
 * what steers the test runner is set aside whole, for these files are graded as they were before it. A file that is
 * partly settings of the runner and partly the project's own (pyproject.toml, setup.cfg, package.json) counts as the
 * runner's.
 */
export function readPrediction(text: string, testFiles: readonly string[]): Prediction {
  const reading = readDiff(text);
  if (!reading.readable) return { gradable: false, problem: `the submitted diff cannot be read: ${reading.problem}` };
  const oracle = new Set(testFiles);
  const keep = (path: string): boolean => !oracle.has(path) && !isTestPath(path) && !steersTestRunner(path);
  const setAside = filesTouchedBy(reading.files).filter((path) => !keep(path));
  const diff = restrictDiff(text, keep);
  if (diff !== '') return { gradable: true, diff, setAside };
  const problem = `the submitted diff changes only tests and what steers the test runner: ${setAside.join(', ')}`;
  return { gradable: false, problem };
}
