import { Lang } from '@ast-grep/napi';

import { readSource, type SourceReading } from './source-language.ts';
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
): { readonly source: SourceReading; readonly bodies: readonly TestBody[] } | undefined {
  const source = readSource(path, text);
  return source && { source, bodies: BODIES[source.grammar](source.root, text, knownNames) };
}

const BODIES = {
  python: pythonTestBodies,
  go: goTestBodies,
  [Lang.JavaScript]: javaScriptTestBodies,
  [Lang.TypeScript]: javaScriptTestBodies,
  [Lang.Tsx]: javaScriptTestBodies,
} as const;
