import type { SgNode } from '@ast-grep/napi';

import { givenTo, otherFraction, otherInteger, over, type Expectation, type ValueChange } from './expectation.ts';

/**
 * The assertions of equality that a Go test makes whatever the code under test gives it: an `if` with `!=`, or with a
 * negated comparison, whose block fails the test, and `Equal` of the common packages; in subtests as well. Values of a
 * table stay as they are: what is not written beside the comparison may be an input too.
 */
export function goExpectations(body: SgNode): readonly Expectation[] {
  return body.children().flatMap((statement): readonly Expectation[] => {
    switch (String(statement.kind())) {
      case 'statement_list':
      case 'block':
        return goExpectations(statement);
      case 'if_statement':
        return failsTest(statement.field('consequence')) ? differences(statement.field('condition')) : [];
      case 'expression_statement':
        return statement.children().flatMap(assertionCall);
      case 'for_statement':
        return goesOverWrittenValues(statement) ? inBody(statement) : [];
      default:
        return [];
    }
  });
}

function inBody(node: SgNode): readonly Expectation[] {
  const body = node.field('body');
  return body === null ? [] : goExpectations(body);
}

/** A literal, or a table by its name. */
function goesOverWrittenValues(statement: SgNode): boolean {
  const range = statement.children().find((child) => child.kind() === 'range_clause');
  const values = range?.field('right');
  if (values == null) return false;
  return values.kind() === 'composite_literal' || /^(?:\w*(?:[tT]ests?|[cC]ases|[tT]able))$/.test(values.text());
}

function failsTest(block: SgNode | null): boolean {
  return block !== null && /\.(?:Error|Errorf|Fatal|Fatalf|Fail|FailNow)\(/.test(block.text());
}

/** The comparisons each of which makes the condition hold. */
function differences(condition: SgNode | null): readonly Expectation[] {
  if (condition === null) return [];
  const operator = condition.field('operator')?.text();
  switch (String(condition.kind())) {
    case 'parenthesized_expression':
      return differences(condition.child(1));
    case 'binary_expression': {
      const sides = [condition.field('left'), condition.field('right')];
      if (operator === '||') return sides.flatMap(differences);
      return operator === '!=' ? [{ changes: literalsOf(sides) }] : [];
    }
    case 'unary_expression': {
      const call = condition.field('operand');
      if (operator !== '!' || call === null || !COMPARISON.test(call.field('function')?.text() ?? '')) return [];
      return [{ changes: argumentsOf(call) }];
    }
    default:
      return [];
  }
}

const COMPARISON = /^(?:reflect\.DeepEqual|(?:slices|maps|bytes|cmp)\.Equal)$/;

function assertionCall(call: SgNode): readonly Expectation[] {
  const callee = call.kind() === 'call_expression' ? (call.field('function')?.text() ?? '') : '';
  if (/^\w+\.Run$/.test(callee)) {
    return givenTo(call).flatMap((argument) => (argument.kind() === 'func_literal' ? inBody(argument) : []));
  }
  return ASSERTION.test(callee) ? [{ changes: argumentsOf(call) }] : [];
}

const ASSERTION =
  /^(?:assert|require|is|suite|s|a)\.(?:Require\(\)\.|Assert\(\)\.)?(?:Equal|Equalf|EqualValues|EqualValuesf|Exactly)$/;

/** The first three at most: the test, and the two values; what follows is the message. */
function argumentsOf(call: SgNode): readonly ValueChange[] {
  const given = givenTo(call);
  const values = /^(?:t|tb|b|f)$/.test(given[0]?.text() ?? '') ? given.slice(1, 3) : given.slice(0, 2);
  return literalsOf(values);
}

function literalsOf(values: readonly (SgNode | null)[]): readonly ValueChange[] {
  return values.flatMap((value) => (value === null ? [] : literalsIn(value)));
}

/** Only values: a key that is doubled by a change would not compile. */
function literalsIn(value: SgNode): readonly ValueChange[] {
  const { start, end } = value.range();
  const place = { start: start.index, end: end.index };
  const text = value.text();
  switch (String(value.kind())) {
    case 'int_literal':
      return otherInteger(text, 0) === undefined ? [] : [({ draw }) => [over(place, otherInteger(text, draw) ?? text)]];
    case 'float_literal':
      return otherFraction(text, 0) === undefined
        ? []
        : [({ draw }) => [over(place, otherFraction(text, draw) ?? text)]];
    case 'true':
      return [() => [over(place, 'false')]];
    case 'false':
      return [() => [over(place, 'true')]];
    case 'interpreted_string_literal':
    case 'raw_string_literal':
      return [({ word }) => [{ at: place.end - 1, text: word }]];
    case 'unary_expression':
      return text.startsWith('-') ? literalsOf([value.field('operand')]) : [];
    case 'parenthesized_expression':
    case 'literal_value':
    case 'literal_element':
      return literalsOf(value.children());
    case 'composite_literal':
      return literalsOf([value.field('body')]);
    case 'keyed_element':
      return literalsOf(
        value
          .children()
          .filter((child) => child.kind() === 'literal_element')
          .slice(1),
      );
    default:
      return [];
  }
}
