import { UNKNOWN_LANGUAGE } from '../domain/checks/sabotage.ts';
import { insertAll } from './insertion.ts';
import { readAs } from './source-language.ts';
import { testBodiesOf } from './test-bodies.ts';

/** A test file whose tests all fail on purpose, or why it could not be made one (docs/specification.md#sabotage). */
export type Sabotage =
  | {
      readonly sabotaged: true;
      readonly text: string;
      /** How many bodies raise. */
      readonly tests: number;
      /** What their tests are called, as far as the file says it. Sorted, each once. */
      readonly names: readonly string[];
    }
  | { readonly sabotaged: false; readonly reason: string };

/**
 * Makes every test of a file fail: a raise becomes the first statement of each existing test body, found by syntax tree,
 * so that no `try` of the body is around it. Imports, fixtures and helpers stay as they are, for what tampers with a run
 * is to be loaded as ever. `knownNames` are tests that a report names, whatever they are called.
 */
export function sabotageTests(path: string, text: string, knownNames: ReadonlySet<string> = new Set()): Sabotage {
  const found = testBodiesOf(path, text, knownNames);
  if (found === undefined) return { sabotaged: false, reason: UNKNOWN_LANGUAGE };
  const { bodies, source } = found;
  if (bodies.length === 0) return { sabotaged: false, reason: 'no test body is found' };
  const sabotaged = insertAll(
    text,
    bodies.flatMap(({ insertions }) => insertions),
  );
  if (readAs(source.grammar, sabotaged).errors > source.errors) {
    return { sabotaged: false, reason: 'the file cannot be read after the change' };
  }
  const names = new Set(bodies.flatMap(({ name }) => name ?? []));
  return { sabotaged: true, text: sabotaged, tests: bodies.length, names: [...names].sort() };
}
