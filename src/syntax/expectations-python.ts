import type { SgNode } from '@ast-grep/napi';

import { givenTo, otherFraction, otherInteger, over, type Expectation, type ValueChange } from './expectation.ts';

/**
 * The assertions of equality that a Python test makes whatever the code under test gives it: `assert a == b`, alone or
 * joined by `and`, and `assertEqual` with its kin. Those under an `if`, in a `try`, behind an `or` or in a loop over
 * computed values are left out: a right repair may go another way there.
 */
export function pythonExpectations(body: SgNode): readonly Expectation[] {
  return body.children().flatMap((statement): readonly Expectation[] => {
    switch (String(statement.kind())) {
      case 'assert_statement':
        return comparisonsIn(statement.children().find((child) => child.isNamed()));
      case 'expression_statement':
        return assertionCall(statement.child(0));
      case 'with_statement':
        return /\b(?:\w*[rR]aises\w*|suppress|assertWarns\w*)\b/.test(headOf(statement)) ? [] : inBlock(statement);
      case 'for_statement':
        return goesOverWrittenValues(statement.field('right')) ? inBlock(statement) : [];
      default:
        return [];
    }
  });
}

function inBlock(statement: SgNode): readonly Expectation[] {
  const block = statement.field('body');
  return block === null ? [] : pythonExpectations(block);
}

function headOf(statement: SgNode): string {
  return statement
    .children()
    .filter((child) => child.kind() === 'with_clause')
    .map((clause) => clause.text())
    .join('');
}

/** A literal, or a constant by its name. */
function goesOverWrittenValues(values: SgNode | null): boolean {
  if (values === null) return false;
  return (
    ['list', 'tuple'].includes(String(values.kind())) || /^(?:[A-Z][A-Z\d_]*|self\.[A-Z][A-Z\d_]*)$/.test(values.text())
  );
}

function comparisonsIn(expression: SgNode | undefined): readonly Expectation[] {
  if (expression === undefined) return [];
  switch (String(expression.kind())) {
    case 'parenthesized_expression':
      return comparisonsIn(expression.child(1) ?? undefined);
    case 'boolean_operator': {
      if (expression.field('operator')?.text() !== 'and') return [];
      return [expression.field('left'), expression.field('right')].flatMap((side) => comparisonsIn(side ?? undefined));
    }
    case 'comparison_operator': {
      const [left, operator, right, ...more] = expression.children();
      if (left === undefined || right === undefined || more.length > 0 || operator?.text() !== '==') return [];
      return [{ changes: changesOf(left, right) }];
    }
    default:
      return [];
  }
}

function assertionCall(call: SgNode | null): readonly Expectation[] {
  if (call?.kind() !== 'call' || !EQUALITY.test(call.field('function')?.text() ?? '')) return [];
  const [first, second] = givenTo(call);
  if (first === undefined || second === undefined) return [];
  if ([first, second].some((side) => UNPLACED.has(String(side.kind())))) return [];
  return [{ changes: changesOf(first, second) }];
}

const EQUALITY =
  /^(?:\w+\.)?(?:assert(?:Equals?|(?:List|Tuple|Set|Dict|Sequence|MultiLine|Count)Equal)|assert_equals?|eq_)$/;

const UNPLACED = new Set(['keyword_argument', 'list_splat', 'dictionary_splat']);

/** Literals on either side; where there is none, whatever is likelier to be what is expected, as it comes. */
function changesOf(first: SgNode, second: SgNode): readonly ValueChange[] {
  const literals = [first, second].flatMap(literalsIn);
  return literals.length > 0 ? literals : [asItComes(expectedOf(first, second))];
}

function expectedOf(first: SgNode, second: SgNode): SgNode {
  const [firstIsPlain, secondIsPlain] = [first, second].map((side) => side.find({ rule: { kind: 'call' } }) === null);
  if (firstIsPlain === secondIsPlain) return /want|exp|correct/i.test(first.text()) ? first : second;
  return firstIsPlain === true ? first : second;
}

/** A value that is known when the test runs alone gets another of its type then, and one of no known type company. */
function asItComes(value: SgNode): ValueChange {
  const { start, end } = value.range();
  return ({ word }) => [
    {
      at: start.index,
      text:
        `(lambda seen: seen + 1 if type(seen) in (int, float) else not seen if type(seen) is bool` +
        ` else seen + "${word}" if type(seen) is str else (seen, "${word}"))(`,
    },
    { at: end.index, text: ')' },
  ];
}

function literalsIn(value: SgNode): readonly ValueChange[] {
  const { start, end } = value.range();
  const place = { start: start.index, end: end.index };
  const text = value.text();
  switch (String(value.kind())) {
    case 'integer':
      return written(otherInteger(text, 0), ({ draw }) => [over(place, otherInteger(text, draw) ?? text)]);
    case 'float':
      return written(otherFraction(text, 0), ({ draw }) => [over(place, otherFraction(text, draw) ?? text)]);
    case 'true':
      return [() => [over(place, 'False')]];
    case 'false':
      return [() => [over(place, 'True')]];
    case 'none':
      return [({ word }) => [over(place, `"${word}"`)]];
    case 'string':
      return stringChange(value);
    case 'unary_operator':
      return value.field('operator')?.text() === '-' ? literalsOf([value.field('argument')]) : [];
    case 'parenthesized_expression':
    case 'concatenated_string':
      return literalsOf(value.children()).slice(0, 1);
    case 'list':
    case 'tuple':
    case 'set':
    case 'dictionary':
      return collectionChanges(value, place);
    case 'pair':
      return literalsOf([value.field('value')]);
    default:
      return [];
  }
}

function written(other: string | undefined, change: ValueChange): readonly ValueChange[] {
  return other === undefined ? [] : [change];
}

function literalsOf(values: readonly (SgNode | null)[]): readonly ValueChange[] {
  return values.flatMap((value) => (value === null ? [] : literalsIn(value)));
}

/** What is empty gets a member. */
function collectionChanges(
  value: SgNode,
  place: { readonly start: number; readonly end: number },
): readonly ValueChange[] {
  if (value.children().some((child) => child.isNamed())) return literalsOf(value.children());
  switch (value.kind()) {
    case 'list':
      return [({ word }) => [over(place, `["${word}"]`)]];
    case 'tuple':
      return [({ word }) => [over(place, `("${word}",)`)]];
    default:
      return [({ word }) => [over(place, `{"${word}": 0}`)]];
  }
}

/** The word goes behind the text, where no escape sequence can take it in. */
function stringChange(value: SgNode): readonly ValueChange[] {
  const quotes = value.children().find((child) => child.kind() === 'string_end');
  if (quotes === undefined || value.children().some((child) => child.kind() === 'interpolation')) return [];
  return [({ word }) => [{ at: quotes.range().start.index, text: word }]];
}
