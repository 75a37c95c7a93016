import type { SgNode } from '@ast-grep/napi';

import type { Insertion } from './insertion.ts';
import type { TestBody } from './test-body.ts';

// Not SystemExit or the like: runners take that for the end of the run, and a forger waits for it.
const RAISE = "raise AssertionError('made to fail on purpose')";

/**
 * The test functions and methods of a Python file: by pytest's and unittest's names, wherever they are nested, and those
 * that a report names. A test that is expected to fail is left alone, for its failing proves nothing.
 */
export function pythonTestBodies(root: SgNode, text: string, knownNames: ReadonlySet<string>): readonly TestBody[] {
  return root.findAll({ rule: { kind: 'function_definition' } }).flatMap((definition) => {
    const name = definition.field('name')?.text() ?? '';
    if (!/^(?:test|runTest$)/i.test(name) && !knownNames.has(name)) return [];
    const body = definition.field('body');
    if (body === null || isExpectedToFail(definition)) return [];
    return [{ name, body, insertions: [raiseIn(body, text)] }];
  });
}

function isExpectedToFail(definition: SgNode): boolean {
  const holder = definition.parent();
  if (holder?.kind() !== 'decorated_definition') return false;
  const decorators = holder.children().filter((child) => child.kind() === 'decorator');
  return decorators.some((decorator) => /\b(?:xfail|expectedFailure)\b/.test(decorator.text()));
}

// A docstring is no statement that runs, and some runners print it as the test's name.
function raiseIn(body: SgNode, text: string): Insertion {
  const statements = body.children().filter((child) => child.isNamed() && child.kind() !== 'comment');
  const [first, second] = statements;
  const documented = first !== undefined && isString(first);
  const target = documented ? second : first;
  if (target === undefined) return afterDocstring(first ?? body, text);
  const at = target.range().start.index;
  const indentation = indentationAt(text, at);
  return { at, text: indentation === undefined ? `${RAISE}; ` : `${RAISE}\n${indentation}` };
}

function afterDocstring(docstring: SgNode, text: string): Insertion {
  const { start, end } = docstring.range();
  const indentation = indentationAt(text, start.index);
  return { at: end.index, text: indentation === undefined ? `; ${RAISE}` : `\n${indentation}${RAISE}` };
}

/** The white space before a statement that begins its line; undefined for one behind something else. */
function indentationAt(text: string, at: number): string | undefined {
  const before = text.slice(text.lastIndexOf('\n', at - 1) + 1, at);
  return /^\s*$/.test(before) ? before : undefined;
}

function isString(statement: SgNode): boolean {
  return statement.kind() === 'expression_statement' && statement.child(0)?.kind() === 'string';
}
