import { createModuleIndex } from '../script/python-modules.ts';
import { testFileOf } from '../report/test-definition.ts';
import { reportedIds, reportOf, statusesOf } from '../report/test-status.ts';
import type { TestRun } from '../report/test-run.ts';

/**
 * The tests that count nowhere (docs/specification.md#validation): those that disagree with themselves on the clean
 * state, and those that are defined in files that the bug touches, such as doctests, for the bug may have changed them
 * too. Sorted.
 */
export function quarantinedTests({
  cleanRuns,
  bugPaths,
  treeFiles,
}: {
  readonly cleanRuns: readonly TestRun[];
  readonly bugPaths: readonly string[];
  readonly treeFiles: readonly string[];
}): readonly string[] {
  const ids = new Set(cleanRuns.flatMap((run) => reportedIds(reportOf(run.reading))));
  const touched = definedInOneOf(bugPaths, treeFiles);
  const unsteady = new Set(disagreeingTests(ids, cleanRuns));
  return [...ids].filter((id) => unsteady.has(id) || touched(id)).sort();
}

/** Those of the tests whose status differs between runs of one state; a test missing from one run differs too. */
export function disagreeingTests(ids: Iterable<string>, runs: readonly TestRun[]): readonly string[] {
  const statuses = runs.map((run) => statusesOf(reportOf(run.reading)));
  return [...ids].filter((id) => new Set(statuses.map((run) => run.get(id))).size > 1).sort();
}

function definedInOneOf(bugPaths: readonly string[], treeFiles: readonly string[]): (id: string) => boolean {
  const touched = new Set(bugPaths);
  const known = new Set(treeFiles);
  const moduleFile = createModuleIndex([...treeFiles, ...bugPaths]);
  return (id) => {
    const file = testFileOf(id);
    if (
      file !== undefined &&
      (touched.has(file) || (!known.has(file) && bugPaths.some((path) => path.endsWith(`/${file}`))))
    ) {
      return true;
    }
    if (file !== undefined && known.has(file)) return false;
    // A word without a dot is a title's or a function's, not a module's.
    const words = id.split(/[^\w./-]+/u).filter((word) => word.includes('.'));
    return words.some((word) => touched.has(word) || touched.has(moduleFile(word) ?? ''));
  };
}
