import { possibleNames } from '../report/test-definition.ts';
import type { TestReport } from '../report/test-report.ts';
import { reportedIds } from '../report/test-status.ts';

/** Names that a test file gives to functions and titles, each as often as it stands there, before and after a change. */
export interface NamesInFile {
  readonly path: string;
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** Names of tests that a file still holds although no test of such a name is reported any more. */
export interface IdleTests {
  readonly path: string;
  readonly names: readonly string[];
  /** Whether another test that the file holds is reported, so that the file is loaded. */
  readonly loaded: boolean;
}

/**
 * The tests that stand in test files and do not run: skipped, put out of reach, or in a file that no longer loads. A name
 * that some file holds less often than before has been removed, wherever else it stands.
 */
export function idleTests(files: readonly NamesInFile[], clean: TestReport, now: TestReport): readonly IdleTests[] {
  const wanted = namesOf(reportedIds(clean));
  const reported = namesOf(reportedIds(now));
  const removed = new Set(files.flatMap(fewerIn));
  return files.flatMap(({ path, after }) => {
    const standing = [...new Set(after)].filter((name) => wanted.has(name));
    const names = standing.filter((name) => !reported.has(name) && !removed.has(name)).sort();
    return names.length === 0 ? [] : [{ path, names, loaded: standing.some((name) => reported.has(name)) }];
  });
}

/** Every name that one of these tests may be defined by. */
export function namesOf(ids: readonly string[]): ReadonlySet<string> {
  return new Set(ids.flatMap((id) => [...possibleNames(id)]));
}

function fewerIn({ before, after }: NamesInFile): readonly string[] {
  const left = new Map<string, number>();
  for (const name of after) left.set(name, (left.get(name) ?? 0) + 1);
  return before.filter((name) => {
    const count = left.get(name) ?? 0;
    left.set(name, count - 1);
    return count <= 0;
  });
}
