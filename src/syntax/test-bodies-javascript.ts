import type { SgNode } from '@ast-grep/napi';

import { unescaped } from '../domain/report/javascript-titles.ts';
import type { Insertion } from './insertion.ts';
import type { TestBody } from './test-body.ts';

// A condition that TypeScript does not follow, for it refuses code that it knows to be never reached.
const RAISE = "if (!0) throw new Error('made to fail on purpose');";

/**
 * The tests of a JavaScript or TypeScript file: callbacks of `test`, `it`, `specify` and their kin, with modifiers and
 * `each`, under any object (`t.test`), and of any other call that passes a title which a report names. Where the callback
 * is not written out, a function that raises takes its place. `describe` and hooks stay.
 */
export function javaScriptTestBodies(
  root: SgNode,
  _text: string,
  knownNames: ReadonlySet<string>,
): readonly TestBody[] {
  return root.findAll({ rule: { kind: 'call_expression' } }).flatMap((call) => {
    const given = (call.field('arguments')?.children() ?? []).filter(
      (argument) => argument.isNamed() && argument.kind() !== 'comment',
    );
    const title = titleOf(given[0]);
    const role = roleOf(call.field('function'));
    const isKnown = role === 'other' && title !== undefined && knownNames.has(title);
    if (role === 'excluded' || (role === 'other' && !isKnown)) return [];
    const body = callbackOf(given)?.field('body');
    const insertions = raisingIn(given, role === 'test');
    return insertions.length === 0 ? [] : [{ name: title, insertions, ...(body && { body }) }];
  });
}

/** Whether a call of this makes a test for certain, or as a method of something, or cannot, or is not known. */
function roleOf(callee: SgNode | null): 'test' | 'method' | 'excluded' | 'other' {
  const chain = chainOf(callee);
  const [base = ''] = chain;
  if (chain.some((name) => NO_TEST.test(name))) return 'excluded';
  if (TEST.test(base)) return 'test';
  return chain.length > 1 && TEST.test(chain.at(-1) ?? '') ? 'method' : 'other';
}

const TEST = /^(?:test|it|specify|tape|fit|ftest|fspecify|property)$/;

// Suites, hooks and settings hold no assertions; a test that must fail, or does not run, proves nothing by failing.
const NO_TEST =
  /^(?:describe|suite|context|before|after|beforeEach|afterEach|beforeAll|afterAll|onFinish|onFailure|teardown|use|extend|configure|setTimeout|mock|todo|skip|fails?|failing)$/;

/** `test.only.each(table)` is `test`, `only`, `each`; empty where the callee is something else. */
function chainOf(callee: SgNode | null): readonly string[] {
  if (callee === null) return [];
  switch (String(callee.kind())) {
    case 'identifier':
      return [callee.text()];
    case 'member_expression':
      return [...chainOf(callee.field('object')), callee.field('property')?.text() ?? ''];
    case 'call_expression':
      return chainOf(callee.field('function'));
    default:
      return [];
  }
}

function raisingIn(given: readonly SgNode[], certain: boolean): readonly Insertion[] {
  const callback = callbackOf(given);
  if (callback !== undefined) return raiseFirst(callback);
  const reference = certain
    ? given.slice(1).findLast((argument) => REFERENCES.has(String(argument.kind())))
    : undefined;
  if (reference === undefined) return [];
  const { start, end } = reference.range();
  return [
    { at: start.index, text: `(() => () => { ${RAISE} })(` },
    { at: end.index, text: ')' },
  ];
}

function callbackOf(given: readonly SgNode[]): SgNode | undefined {
  return given.findLast((argument) => FUNCTIONS.has(String(argument.kind())));
}

function raiseFirst(callback: SgNode): readonly Insertion[] {
  const body = callback.field('body');
  if (body === null) return [];
  const { start, end } = body.range();
  if (body.kind() === 'statement_block') return [{ at: start.index + 1, text: ` ${RAISE}` }];
  return [
    { at: start.index, text: `{ ${RAISE} return ` },
    { at: end.index, text: '; }' },
  ];
}

const FUNCTIONS = new Set(['arrow_function', 'function_expression', 'generator_function']);

const REFERENCES = new Set(['identifier', 'member_expression', 'call_expression', 'await_expression']);

function titleOf(node: SgNode | undefined): string | undefined {
  const kind = String(node?.kind());
  const text = node?.text() ?? '';
  const isPlain = kind === 'string' || (kind === 'template_string' && !text.includes('${'));
  return isPlain ? unescaped(text.slice(1, -1)) : undefined;
}
