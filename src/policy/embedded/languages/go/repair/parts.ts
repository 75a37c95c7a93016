import type { RepairDraft } from '../../repair/draft.ts';
import { indentOf, lineStart } from '../../source-edit.ts';
import { namedChildren, walk, type SyntaxNode } from '../../syntax-tree.ts';
import { conditionOf, sourceOf, type GoFunction } from '../syntax.ts';
import { namesIn } from '../names.ts';
import { agrees } from './agreement.ts';
import type { Scope } from './scope.ts';
import { nearestFirst } from './siblings.ts';
import { wrapperDrafts } from './wrappers.ts';

const MOST_CONDITIONS = 160;
/** Parts that are tried on one condition, each on both sides of it and with both signs. */
const MOST_PARTS = 12;
const MOST_MEMBERS = 40;
const MOST_VALUES = 30;
/** Functions whose code is searched for parts; beyond them the file has little to do with this function. */
const MOST_FUNCTIONS = 40;

/** Parts of expressions put back: a condition's other half, a field, a value of a case, a call around a value. */
export function partDrafts(scope: Scope): readonly RepairDraft[] {
  const visits = walk(scope.tree).filter(({ node }) => PLACES.has(node.kind) && scope.isReached(node.start));
  const nodes = visits.map(({ node }) => node);
  const functions = nearestFirst(scope).slice(0, MOST_FUNCTIONS);
  const everywhere = functions.flatMap((from) => walk(from.tree()).map(({ node }) => node));
  const conditions = functions.flatMap((from) => conditionParts(scope, from));
  return [
    ...nodes.flatMap((node) => restoredConditions(scope, node, conditions)).slice(0, MOST_CONDITIONS),
    ...nodes.flatMap((node) => restoredMembers(scope, node, everywhere)).slice(0, MOST_MEMBERS),
    ...visits
      .flatMap(({ node, ancestors }) => restoredValues(scope, { node, carrier: ancestors.at(-1) }, everywhere))
      .slice(0, MOST_VALUES),
    ...wrapperDrafts(scope, visits, everywhere),
  ];
}

/** Where a part may be missing. */
const PLACES = new Set([
  'if_statement',
  'composite_literal',
  'expression_case',
  'expression_list',
  'argument_list',
  'binary_expression',
  'range_clause',
]);

/** The parts of a function's conditions that may mean the same here, and comparisons the other way round. */
function conditionParts(scope: Scope, from: GoFunction): readonly string[] {
  const { text } = scope;
  const parts = walk(from.tree()).flatMap(({ node }) => {
    if (isConnection(node)) return [node.children[0], node.children[2]].flatMap((part) => part ?? []);
    return conditionOf(node) ?? [];
  });
  const plain = parts.filter((part) => !isConnection(part));
  const codes = [...plain.map((part) => sourceOf(text, part)), ...plain.flatMap((part) => opposite(text, part))];
  return codes.filter((code) => agrees(scope, from, { code }));
}

/** `a != b` for `a == b`: one function leaves where another goes on. */
function opposite(text: string, { kind, start, end, children: [, sign] }: SyntaxNode): readonly string[] {
  const other = sign === undefined ? undefined : OPPOSITES[sign.kind];
  if (kind !== 'binary_expression' || sign === undefined || other === undefined) return [];
  return [text.slice(start, sign.start) + other + text.slice(sign.end, end)];
}

const OPPOSITES: Readonly<Partial<Record<string, string>>> = {
  '==': '!=',
  '!=': '==',
  '<': '>=',
  '>=': '<',
  '>': '<=',
  '<=': '>',
};

function isConnection(node: SyntaxNode): boolean {
  return node.kind === 'binary_expression' && ['&&', '||'].includes(node.children[1]?.kind ?? '');
}

function restoredConditions(scope: Scope, node: SyntaxNode, parts: readonly string[]): readonly RepairDraft[] {
  const condition = conditionOf(node);
  if (condition === undefined) return [];
  const own = sourceOf(scope.text, condition);
  const local = new Set(scope.locals);
  const fitting = byFrequency(parts).filter((part) => {
    const names = namesIn(part);
    return !own.includes(part) && names.some((name) => local.has(name)) && names.every((name) => scope.known.has(name));
  });
  return fitting
    .slice(0, MOST_PARTS)
    .flatMap((part) =>
      ['&&', '||'].flatMap((sign): readonly RepairDraft[] => [
        extended(condition.end, ` ${sign} ${part}`),
        extended(condition.start, `${part} ${sign} `),
      ]),
    );
}

/** Each once, those first that the file has most often: what many functions check, this one may have to check too. */
function byFrequency(parts: readonly string[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const part of parts) counts.set(part, (counts.get(part) ?? 0) + 1);
  return [...counts].sort(([, one], [, other]) => other - one).map(([part]) => part);
}

function extended(at: number, replacement: string): RepairDraft {
  return { operator: 'condition', origin: 'donor', edit: { start: at, end: at, replacement } };
}

/** Keys that other literals of the same type have, and parameters that nothing reads. */
function restoredMembers(scope: Scope, node: SyntaxNode, everywhere: readonly SyntaxNode[]): readonly RepairDraft[] {
  const { text } = scope;
  const [type, body] = node.children;
  if (node.kind !== 'composite_literal' || type === undefined || body === undefined) return [];
  const name = sourceOf(text, type);
  const keys = new Set(membersOf(body).map((member) => keyOf(text, member)));
  const elsewhere = everywhere
    .filter((other) => other.kind === 'composite_literal' && other !== node)
    .filter(({ children: [otherType] }) => otherType !== undefined && sourceOf(text, otherType) === name)
    .flatMap(({ children: [, otherBody] }) => (otherBody === undefined ? [] : membersOf(otherBody)))
    .map((member) => ({ key: keyOf(text, member), code: sourceOf(text, member) }));
  const fresh = new Map(elsewhere.filter(({ key }) => !keys.has(key)).map(({ key, code }) => [key, code]));
  const last = membersOf(body).at(-1);
  if (last?.kind !== 'keyed_element') return [];
  return [...fresh.values()].slice(0, 8).map((code): RepairDraft => ({
    operator: 'element',
    origin: 'donor',
    edit: { start: last.end, end: last.end, replacement: separator(text, last) + code },
    siblingDonor: true,
  }));
}

/** Members stand on lines of their own or in one line. */
function separator(text: string, member: SyntaxNode): string {
  const ownLine = text.slice(lineStart(text, member.start), member.start).trim() === '';
  return ownLine ? `,\n${indentOf(text, member.start)}` : ', ';
}

function membersOf(body: SyntaxNode): readonly SyntaxNode[] {
  return body.kind === 'literal_value' ? namedChildren(body) : [];
}

function keyOf(text: string, member: SyntaxNode): string {
  const [key] = member.children;
  return key === undefined ? '' : sourceOf(text, key);
}

interface Case {
  readonly node: SyntaxNode;
  /** The switch that it belongs to: a value may stand in it once. */
  readonly carrier: SyntaxNode | undefined;
}

/** A value that cases of other switches have. */
function restoredValues(
  { text }: Scope,
  { node, carrier }: Case,
  everywhere: readonly SyntaxNode[],
): readonly RepairDraft[] {
  const last = caseValues(node).at(-1);
  if (last === undefined) return [];
  const own = (carrier?.children ?? []).flatMap(caseValues).map((value) => sourceOf(text, value));
  const others = everywhere
    .flatMap(caseValues)
    .filter(({ kind }) => kind === last.kind)
    .map((value) => sourceOf(text, value));
  return [...new Set(others)]
    .filter((value) => !own.includes(value))
    .slice(0, 6)
    .map((value): RepairDraft => ({
      operator: 'element',
      origin: 'donor',
      edit: { start: last.end, end: last.end, replacement: `, ${value}` },
    }));
}

function caseValues(node: SyntaxNode): readonly SyntaxNode[] {
  const list = node.children.find(({ kind }) => kind === 'expression_list');
  return node.kind === 'expression_case' && list !== undefined ? namedChildren(list) : [];
}
