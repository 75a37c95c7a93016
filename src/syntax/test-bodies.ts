import { Lang, parse } from '@ast-grep/napi';

import './grammars.ts';
import { grammarsOf, type Grammar } from './source-language.ts';
import { goTestBodies } from './test-bodies-go.ts';
import { javaScriptTestBodies } from './test-bodies-javascript.ts';
import { pythonTestBodies } from './test-bodies-python.ts';
import type { TestBody } from './test-body.ts';

/**
 * The tests of a file, wherever they are nested; undefined where its language is not known. `knownNames` are tests that a
 * report names, whatever they are called.
 */
export function testBodiesOf(
  path: string,
  text: string,
  knownNames: ReadonlySet<string>,
): { readonly grammar: Grammar; readonly bodies: readonly TestBody[] } | undefined {
  const grammars = grammarsOf(path);
  const [likeliest] = grammars;
  if (likeliest === undefined) return undefined;
  // A grammar that is older than the language still finds the functions around what it cannot read.
  const grammar = grammars.find((candidate) => errorsIn(text, candidate) === 0) ?? likeliest;
  return { grammar, bodies: BODIES[grammar](parse(grammar, text).root(), text, knownNames) };
}

const BODIES = {
  python: pythonTestBodies,
  go: goTestBodies,
  [Lang.JavaScript]: javaScriptTestBodies,
  [Lang.TypeScript]: javaScriptTestBodies,
  [Lang.Tsx]: javaScriptTestBodies,
} as const;

/** How much of a text its grammar cannot read. */
export function errorsIn(text: string, grammar: Grammar): number {
  return parse(grammar, text)
    .root()
    .findAll({ rule: { kind: 'ERROR' } }).length;
}
