import { createDefinitionFinder, type Definition, type NamesInFile } from './definition-finder.ts';
import type { TestReport } from '../report/test-report.ts';
import { reportedIds } from '../report/test-status.ts';

/** Tests of one definition that stands as before although none of its tests is reported any more. */
export interface IdleTests {
  readonly tests: readonly string[];
  readonly places: readonly {
    readonly path: string;
    /** Whether another test that the file holds is reported, so that the file is loaded. */
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
  const loaded = new Set(running.flatMap(({ paths }) => paths));
  const runs = new Set(running.flatMap(standingsOf));
  const removed = new Set(files.flatMap(({ path, before, after }) => fewer(before, after).map(standing(path))));
  const missing = reportedIds(clean).filter((id) => !reported.has(id));
  return [...byDefinition(missing, definitionOf)].flatMap(([definition, tests]) => {
    if (standingsOf(definition).some((one) => removed.has(one))) return [];
    const paths = definition.paths.filter((path) => !runs.has(standing(path)(definition.name)));
    return paths.length === 0 ? [] : [{ tests, places: paths.map((path) => ({ path, loaded: loaded.has(path) })) }];
  });
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
