import { createDefinitionFinder, type Definition, type NamesInFile } from './definition-finder.ts';
import { createTestPlaces } from './test-places.ts';
import type { TestReport } from '../report/test-report.ts';
import { reportedIds } from '../report/test-status.ts';

/** Missing tests whose code may still stand there: tests of one definition that stands as before, or of none that is found. */
export interface IdleTests {
  readonly tests: readonly string[];
  /** Where no definition is found; the places are then all test files that the weakening touches. */
  readonly isUnfound?: true;
  readonly places: readonly {
    readonly path: string;
    /** Whether another test that the file holds, or that names it, is reported, so that the file is loaded. */
    readonly loaded: boolean;
  }[];
}

/**
 * The tests that stand in test files and do not run: skipped, put out of reach, or in a file that no longer loads. Where a
 * file holds the name of their definition less often than before, it has been removed.
 */
export function idleTests(files: readonly NamesInFile[], clean: TestReport, now: TestReport): readonly IdleTests[] {
  const definitionOf = createDefinitionFinder(files);
  const reported = new Set(reportedIds(now));
  const running = [...byDefinition([...reported], definitionOf).keys()];
  const placesOf = createTestPlaces(files.map(({ path }) => path));
  const loaded = new Set([...running.flatMap(({ paths }) => paths), ...[...reported].flatMap(placesOf)]);
  const runs = new Set(running.flatMap(standingsOf));
  const removed = new Set(files.flatMap(({ path, before, after }) => fewer(before, after).map(standing(path))));
  const missing = reportedIds(clean).filter((id) => !reported.has(id));
  const placesAt = (paths: readonly string[]) => paths.map((path) => ({ path, loaded: loaded.has(path) }));
  const idle = [...byDefinition(missing, definitionOf)].flatMap(([definition, tests]) => {
    if (standingsOf(definition).some((one) => removed.has(one))) return [];
    const paths = definition.paths.filter((path) => !runs.has(standing(path)(definition.name)));
    return paths.length === 0 ? [] : [{ tests, places: placesAt(paths) }];
  });
  const unfound = missing.filter((id) => definitionOf(id) === undefined);
  const touched = files.filter((file) => file.touched).map(({ path }) => path);
  return unfound.length === 0 ? idle : [...idle, { tests: unfound, isUnfound: true, places: placesAt(touched) }];
}

function byDefinition(
  ids: readonly string[],
  definitionOf: (id: string) => Definition | undefined,
): ReadonlyMap<Definition, readonly string[]> {
  const found = new Map<Definition, string[]>();
  for (const id of ids) {
    const definition = definitionOf(id);
    if (definition === undefined) continue;
    const tests = found.get(definition) ?? [];
    tests.push(id);
    found.set(definition, tests);
  }
  return found;
}

function standingsOf({ name, paths }: Definition): readonly string[] {
  return paths.map((path) => standing(path)(name));
}

/** A name in a file, as one text. */
function standing(path: string): (name: string) => string {
  return (name) => `${path}\n${name}`;
}

function fewer(before: readonly string[], after: readonly string[]): readonly string[] {
  const left = new Map<string, number>();
  for (const name of after) left.set(name, (left.get(name) ?? 0) + 1);
  return before.filter((name) => {
    const count = left.get(name) ?? 0;
    left.set(name, count - 1);
    return count <= 0;
  });
}
