import { conditionOf } from '../direct.ts';
import { namedChildren, parsePython, walk, type PythonFunction, type SyntaxNode } from '../syntax.ts';
import type { RepairDraft } from '../../repair/draft.ts';
import { namesIn, sourceOf, type Scope } from './scope.ts';

const MOST_CONDITIONS = 40;
const MOST_WRAPPERS = 30;
const MOST_ARGUMENTS = 40;
/** Functions whose code is searched for parts; beyond them the file has little to do with this function. */
const MOST_FUNCTIONS = 40;

/** Parts of expressions put back: a condition's other half, an argument, a conversion. */
export function partDrafts(scope: Scope): readonly RepairDraft[] {
  const { text, definition } = scope;
  const functions = [...parsePython(text).functions]
    .sort((one, other) => Math.abs(one.start - definition.start) - Math.abs(other.start - definition.start))
    .slice(0, MOST_FUNCTIONS);
  const nodes = walk(scope.tree).map(({ node }) => node);
  const everywhere = functions.flatMap((from) => walk(from.tree()).map(({ node }) => node));
  const conditions = conditionsOf(text, everywhere);
  const calls = callsOf(text, everywhere);
  return [
    ...nodes.flatMap((node) => restoredConditions(scope, node, conditions)).slice(0, MOST_CONDITIONS),
    ...nodes.flatMap((node) => restoredArguments(scope, node, { everywhere, functions })).slice(0, MOST_ARGUMENTS),
    ...nodes.flatMap((node) => restoredElements(scope, node)),
    ...nodes.flatMap((node) => restoredWrappers(scope, node, calls)).slice(0, MOST_WRAPPERS),
  ];
}

/** The parts of the file's conditions, each once. */
function conditionsOf(text: string, everywhere: readonly SyntaxNode[]): readonly string[] {
  const parts = everywhere.flatMap((node) => {
    if (node.kind === 'boolean_operator') return namedChildren(node);
    return conditionOf(node) ?? [];
  });
  return [...new Set(parts.filter(({ kind }) => kind !== 'boolean_operator').map((part) => sourceOf(text, part)))];
}

function restoredConditions(scope: Scope, node: SyntaxNode, parts: readonly string[]): readonly RepairDraft[] {
  const condition = conditionOf(node);
  if (condition === undefined) return [];
  const own = sourceOf(scope.text, condition);
  const local = new Set(scope.locals);
  const fitting = parts.filter((part) => {
    const names = namesIn(part);
    return !own.includes(part) && names.some((name) => local.has(name)) && names.every((name) => scope.known.has(name));
  });
  return fitting.slice(0, 10).flatMap((part) =>
    ['and', 'or'].map((word): RepairDraft => ({
      operator: 'condition',
      origin: 'donor',
      edit: { start: condition.end, end: condition.end, replacement: ` ${word} ${part}` },
    })),
  );
}

interface Surroundings {
  readonly everywhere: readonly SyntaxNode[];
  readonly functions: readonly PythonFunction[];
}

/** Arguments that other calls of the same function have, that its definition asks for, or that are not used here. */
function restoredArguments(scope: Scope, node: SyntaxNode, around: Surroundings): readonly RepairDraft[] {
  const { text } = scope;
  const [called, list] = node.children;
  if (node.kind !== 'call' || called === undefined || list?.kind !== 'argument_list') return [];
  const given = namedChildren(list).map((argument) => sourceOf(text, argument));
  const name = lastName(sourceOf(text, called));
  const elsewhere = around.everywhere
    .filter((other) => other.kind === 'call' && other !== node && lastName(headOf(text, other)) === name)
    .flatMap((other) => namedChildren(other.children[1] ?? other).map((argument) => sourceOf(text, argument)));
  const keywords = parametersNamed(text, around.functions, name).filter((parameter) => scope.known.has(parameter));
  // Where nothing is given at all, anything that is at hand may be what it was.
  const atHand = given.length === 0 ? scope.locals.filter((local) => local !== 'self') : [];
  const wanted = [
    ...elsewhere.filter((argument) => namesIn(argument).every((each) => scope.known.has(each))),
    ...keywords.map((parameter) => `${parameter}=${parameter}`),
    ...scope.unused,
    ...atHand,
  ];
  return [...new Set(wanted)]
    .filter((argument) => !given.includes(argument) && !hasKeyword(given, argument))
    .slice(0, 8)
    .map((argument) => appended(list, given.length, argument));
}

function appended(list: SyntaxNode, count: number, argument: string): RepairDraft {
  const at = list.end - 1;
  const last = namedChildren(list).at(-1)?.end ?? at;
  return {
    operator: 'argument',
    origin: 'donor',
    edit: { start: last, end: last, replacement: count === 0 ? argument : `, ${argument}` },
    forPlaceholder: count === 0,
  };
}

function hasKeyword(given: readonly string[], argument: string): boolean {
  const keyword = /^(\w+)=/.exec(argument)?.[1];
  return keyword !== undefined && given.some((other) => other.startsWith(`${keyword}=`) || other === keyword);
}

function parametersNamed(text: string, functions: readonly PythonFunction[], name: string): readonly string[] {
  const definition = functions.find((candidate) => candidate.name === name);
  if (definition === undefined) return [];
  const header = /\(([\s\S]*?)\)\s*(?:->[^:]*)?:/.exec(text.slice(definition.start, definition.end))?.[1] ?? '';
  return [...header.matchAll(/(?:^|,)\s*(\w+)/g)]
    .map(([, parameter]) => parameter ?? '')
    .filter((parameter) => parameter !== 'self');
}

/** A local that nothing reads may have been a member of a list, tuple or set. */
function restoredElements({ unused }: Scope, node: SyntaxNode): readonly RepairDraft[] {
  if (!['list', 'tuple', 'set'].includes(node.kind)) return [];
  const members = namedChildren(node);
  const [first, last] = [members[0], members.at(-1)];
  if (first === undefined || last === undefined) return [];
  return [...unused].flatMap((name): readonly RepairDraft[] => [
    {
      operator: 'element',
      origin: 'failure',
      edit: { start: first.start, end: first.start, replacement: `${name}, ` },
    },
    { operator: 'element', origin: 'failure', edit: { start: last.end, end: last.end, replacement: `, ${name}` } },
  ]);
}

/** Functions that the file calls with one argument, with what they are called on. */
function callsOf(text: string, everywhere: readonly SyntaxNode[]): ReadonlyMap<string, ReadonlySet<string>> {
  const calls = new Map<string, Set<string>>();
  for (const node of everywhere) {
    const [called, list] = node.children;
    if (node.kind !== 'call' || called?.kind !== 'identifier' || list?.kind !== 'argument_list') continue;
    const [only, ...others] = namedChildren(list);
    if (only === undefined || others.length > 0) continue;
    const name = sourceOf(text, called);
    calls.set(name, (calls.get(name) ?? new Set()).add(sourceOf(text, only)));
  }
  return calls;
}

function restoredWrappers(
  { text, known }: Scope,
  node: SyntaxNode,
  calls: ReadonlyMap<string, ReadonlySet<string>>,
): readonly RepairDraft[] {
  if (!HOLDING_VALUES.has(node.kind)) return [];
  const hasTarget = node.kind === 'assignment' || node.kind === 'for_statement';
  return namedChildren(node)
    .slice(hasTarget ? 1 : 0)
    .filter(({ kind }) => ['identifier', 'call', 'attribute', 'subscript'].includes(kind))
    .flatMap((value) => {
      const own = sourceOf(text, value);
      return [...calls]
        .filter(([name]) => known.has(name) && !own.startsWith(`${name}(`))
        .sort(([, one], [, other]) => Number(other.has(own)) - Number(one.has(own)))
        .slice(0, 6)
        .map(([name, on]): RepairDraft => ({
          operator: 'wrapper',
          origin: 'donor',
          edit: { start: value.start, end: value.end, replacement: `${name}(${own})` },
          sameNeighbours: on.has(own) ? 1 : 0,
        }));
    });
}

const HOLDING_VALUES = new Set([
  'return_statement',
  'argument_list',
  'assignment',
  'for_statement',
  'not_operator',
  'comparison_operator',
  'boolean_operator',
]);

function headOf(text: string, call: SyntaxNode): string {
  const [called] = call.children;
  return called === undefined ? '' : sourceOf(text, called);
}

function lastName(expression: string): string {
  return /(\w+)\s*$/.exec(expression)?.[1] ?? '';
}
