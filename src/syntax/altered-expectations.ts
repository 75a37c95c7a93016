import { Lang } from '@ast-grep/napi';

import { UNKNOWN_LANGUAGE } from '../domain/checks/sabotage.ts';
import { seededDraw, seededInteger } from '../domain/draw/seeded-draw.ts';
import type { Expectation } from './expectation.ts';
import { goExpectations } from './expectations-go.ts';
import { javaScriptExpectations } from './expectations-javascript.ts';
import { pythonExpectations } from './expectations-python.ts';
import { insertAll, type Insertion } from './insertion.ts';
import { readAs } from './source-language.ts';
import { testBodiesOf } from './test-bodies.ts';

/** A test file whose tests expect other values, or why it could not be made one. */
export type Alteration =
  | {
      readonly altered: true;
      readonly text: string;
      /** How many tests expect another value. */
      readonly tests: number;
      /** What these tests, and the assertions that were changed, are called, as far as the file says it. */
      readonly names: readonly string[];
    }
  | { readonly altered: false; readonly reason: string };

/**
 * Has every test of a file expect another value than it does, in one of its assertions of equality. Everything up to that
 * assertion runs as ever, and what has passed it once cannot pass it now, unless it is equal to both values: an object
 * that agrees with everything, an assertion that asserts nothing, a runner that swallows what it is told to.
 *
 * Assertion and value are drawn from the seed and the path, so that nobody knows beforehand which one to give in to.
 * `knownNames` are tests that a report names, whatever they are called.
 */
export function alterExpectations(
  path: string,
  text: string,
  { seed, knownNames }: { readonly seed: number; readonly knownNames: ReadonlySet<string> },
): Alteration {
  const found = testBodiesOf(path, text, knownNames);
  if (found === undefined) return { altered: false, reason: UNKNOWN_LANGUAGE };
  const { bodies, source } = found;
  const changes = bodies.flatMap(({ name, body }) => {
    if (body === undefined) return [];
    // By its place, so that it does not matter which other tests are known.
    const change = drawnChange(EXPECTATIONS[source.grammar](body), seed, path, body.range().start.index);
    return change === undefined ? [] : [{ names: [name, change.message], insertions: change.insertions }];
  });
  if (changes.length === 0) return { altered: false, reason: 'no expected value is found' };
  const altered = insertAll(
    text,
    changes.flatMap(({ insertions }) => insertions),
  );
  if (readAs(source.grammar, altered).errors > source.errors)
    return { altered: false, reason: 'the file cannot be read after the change' };
  const names = new Set(changes.flatMap((change) => change.names.filter((name) => name !== undefined)));
  return { altered: true, text: altered, tests: changes.length, names: [...names].sort() };
}

const EXPECTATIONS = {
  python: pythonExpectations,
  go: goExpectations,
  [Lang.JavaScript]: javaScriptExpectations,
  [Lang.TypeScript]: javaScriptExpectations,
  [Lang.Tsx]: javaScriptExpectations,
} as const;

function drawnChange(
  expectations: readonly Expectation[],
  seed: number,
  ...labels: readonly (string | number)[]
): { readonly insertions: readonly Insertion[]; readonly message: string | undefined } | undefined {
  const usable = expectations.filter(({ changes }) => changes.length > 0);
  const expectation = drawn(usable, seededDraw(seed, 'expectation', ...labels));
  const change = expectation && drawn(expectation.changes, seededDraw(seed, 'value', ...labels));
  const word = `z${seededInteger(seed, 'word', ...labels).toString(36)}`;
  const insertions = change?.({ draw: seededDraw(seed, 'other value', ...labels), word });
  return insertions && { insertions, message: expectation?.message };
}

function drawn<Item>(items: readonly Item[], draw: number): Item | undefined {
  return items[Math.floor(draw * items.length)];
}
