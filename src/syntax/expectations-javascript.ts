import type { SgNode } from '@ast-grep/napi';

import { unescaped } from '../domain/report/javascript-titles.ts';
import { givenTo, otherFraction, otherInteger, over, type Expectation, type ValueChange } from './expectation.ts';

/**
 * The assertions of equality that a JavaScript or TypeScript test makes whatever the code under test gives it: matchers
 * behind `expect` and `should`, methods of `assert` and of a test's own object. Those under an `if`, in a callback or in
 * a `try` are left out: a right repair may go another way there.
 */
export function javaScriptExpectations(body: SgNode): readonly Expectation[] {
  if (body.kind() !== 'statement_block') return assertionIn(body);
  return body.children().flatMap((statement): readonly Expectation[] => {
    switch (String(statement.kind())) {
      case 'expression_statement':
      case 'return_statement':
        return assertionIn(statement.children().find((child) => child.isNamed()));
      case 'statement_block':
        return javaScriptExpectations(statement);
      case 'for_in_statement':
        return goesOverWrittenValues(statement) ? inBody(statement) : [];
      default:
        return [];
    }
  });
}

function inBody(statement: SgNode): readonly Expectation[] {
  const body = statement.field('body');
  return body === null ? [] : javaScriptExpectations(body);
}

/** A literal, or a constant by its name. */
function goesOverWrittenValues(statement: SgNode): boolean {
  const values = statement.field('right');
  return values !== null && (values.kind() === 'array' || /^[A-Z][A-Z\d_]*$/.test(values.text()));
}

function assertionIn(expression: SgNode | undefined): readonly Expectation[] {
  switch (String(expression?.kind())) {
    case 'await_expression':
    case 'parenthesized_expression':
      return assertionIn(expression?.children().find((child) => child.isNamed()));
    case 'call_expression':
      return expression === undefined ? [] : assertionCall(expression);
    default:
      return [];
  }
}

function assertionCall(call: SgNode): readonly Expectation[] {
  const callee = call.field('function');
  if (callee?.kind() !== 'member_expression') return [];
  const { root, names } = chainOf(callee);
  if (!EQUALITY.test(names.at(-1) ?? '') || names.includes('not')) return [];
  const given = givenTo(call);
  const [first, second, message] = given;
  if (first === undefined || given.some((argument) => argument.kind() === 'spread_element')) return [];
  if (/^expect\b/.test(root) || names.includes('should')) return [{ changes: changesOf([first]) }];
  // `assert.equal(…)`, `t.is(…)`: what a name stands for and what is called on the way are no assertions.
  if (second === undefined || !/^[\w$]+$/.test(root)) return [];
  return [{ changes: changesOf([first, second]), ...messageOf(message) }];
}

const EQUALITY =
  /^(?:toBe|toEqual|toStrictEqual|equals?|isEqual|is|strictEquals?|isStrictEqual|eqls?|eq|deepEquals?|deepStrictEqual|same|strictSame|isEquivalent|looseEquals?|isDeepEqual)$/;

/** `expect(x).to.equal` is `expect(x)` with `to` and `equal`. */
function chainOf(callee: SgNode): { readonly root: string; readonly names: readonly string[] } {
  if (callee.kind() !== 'member_expression') return { root: callee.text(), names: [] };
  const object = callee.field('object');
  const name = callee.field('property')?.text() ?? '';
  if (object === null) return { root: '', names: [name] };
  const { root, names } = chainOf(object);
  return { root, names: [...names, name] };
}

function messageOf(node: SgNode | undefined): { readonly message?: string } {
  return node?.kind() === 'string' ? { message: unescaped(node.text().slice(1, -1)) } : {};
}

/** Literals; where there is none, whatever is likelier to be what is expected, as it comes. */
function changesOf(values: readonly SgNode[]): readonly ValueChange[] {
  const literals = values.flatMap(literalsIn);
  const expected = expectedOf(values);
  return literals.length > 0 || expected === undefined ? literals : [asItComes(expected)];
}

function expectedOf(values: readonly SgNode[]): SgNode | undefined {
  const plain = values.filter((value) => value.find({ rule: { kind: 'call_expression' } }) === null);
  const likely = plain.length > 0 ? plain : values;
  return likely.find((value) => /want|exp|correct/i.test(value.text())) ?? likely.at(-1);
}

/** A value that is known when the test runs alone gets company: nothing that it was equal to is equal to both. */
function asItComes(value: SgNode): ValueChange {
  const { start, end } = value.range();
  return ({ word }) => [
    { at: start.index, text: '[' },
    { at: end.index, text: `, '${word}']` },
  ];
}

function literalsIn(value: SgNode): readonly ValueChange[] {
  const { start, end } = value.range();
  const place = { start: start.index, end: end.index };
  const text = value.text();
  switch (String(value.kind())) {
    case 'number': {
      const other = (draw: number) => otherInteger(text, draw) ?? otherFraction(text, draw);
      return other(0) === undefined ? [] : [({ draw }) => [over(place, other(draw) ?? text)]];
    }
    case 'true':
      return [() => [over(place, 'false')]];
    case 'false':
      return [() => [over(place, 'true')]];
    case 'null':
    case 'undefined':
      return [({ word }) => [over(place, `'${word}'`)]];
    case 'string':
      return [({ word }) => [{ at: place.end - 1, text: word }]];
    case 'template_string':
      return text.includes('${') ? [] : [({ word }) => [{ at: place.end - 1, text: word }]];
    case 'unary_expression':
      return text.startsWith('-') ? literalsOf([value.field('argument')]) : [];
    case 'parenthesized_expression':
      return literalsOf(value.children());
    case 'array':
      return isEmpty(value) ? [({ word }) => [over(place, `['${word}']`)]] : literalsOf(value.children());
    case 'object':
      return isEmpty(value) ? [({ word }) => [over(place, `({ ${word}: 0 })`)]] : literalsOf(value.children());
    case 'pair':
      return literalsOf([value.field('value')]);
    default:
      return [];
  }
}

function isEmpty(value: SgNode): boolean {
  return !value.children().some((child) => child.isNamed());
}

function literalsOf(values: readonly (SgNode | null)[]): readonly ValueChange[] {
  return values.flatMap((value) => (value === null ? [] : literalsIn(value)));
}
