import { rungsOf, recountDiff, type Leniency, type Rung } from '../diff/patch-leniency.ts';
import { runnerSteering } from '../steering/runner-steering.ts';
import { isTestPath } from '../steering/test-paths.ts';
import { filesTouchedBy, readDiff, type FileChange } from '../diff/unified-diff.ts';

/** A submitted diff as it is applied, and the ways in which that may be tried. */
export type Prediction =
  | {
      readonly gradable: true;
      readonly diff: string;
      readonly files: readonly FileChange[];
      /** Every path that it touches, both names of a rename. */
      readonly touched: readonly string[];
      /** Strictest first. */
      readonly rungs: readonly Rung[];
    }
  | { readonly gradable: false; readonly cause: 'unreadable-diff' | 'nothing-to-grade'; readonly problem: string };

/**
 * Reads a submitted diff (docs/specification.md#grading). One that by its paths alone changes nothing but tests and
 * what steers the test runner is not graded at all: everything it does would be put back.
 */
export function readPrediction(
  text: string,
  { testFiles, leniency }: { readonly testFiles: readonly string[]; readonly leniency: Leniency },
): Prediction {
  const rungs = rungsOf(leniency);
  const strict = readDiff(text);
  const recounting = !strict.readable && rungs.includes('recount');
  const diff = recounting ? recountDiff(text) : text;
  const reading = recounting ? readDiff(diff) : strict;
  if (!reading.readable) {
    const problem = `the submitted diff cannot be read: ${strict.readable ? reading.problem : strict.problem}`;
    return { gradable: false, cause: 'unreadable-diff', problem };
  }
  const touched = filesTouchedBy(reading.files);
  const oracle = new Set(testFiles);
  if (touched.every((path) => oracle.has(path) || isTestPath(path) || runnerSteering(path) === 'whole')) {
    const problem = `the submitted diff changes only tests and what steers the test runner: ${touched.join(', ')}`;
    return { gradable: false, cause: 'nothing-to-grade', problem: problem.slice(0, 1000) };
  }
  return {
    gradable: true,
    diff,
    files: reading.files,
    touched,
    rungs: recounting ? rungs.filter((rung) => rung !== 'strict') : rungs.filter((rung) => rung !== 'recount'),
  };
}

/**
 * Whether a change of a file that steers by key can be merged key by key: only a plain change of its text. One that
 * appears, goes, moves, or becomes a link is put back whole, for being there steers too.
 */
export function mergeableByKey(files: readonly FileChange[], path: string): boolean {
  const [change, ...more] = files.filter((file) => file.path === path || file.oldPath === path);
  return (
    runnerSteering(path) === 'by-key' &&
    more.length === 0 &&
    change?.kind === 'modified' &&
    change.modeChange === undefined &&
    change.special === undefined
  );
}
