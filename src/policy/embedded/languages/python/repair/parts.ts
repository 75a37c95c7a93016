import { conditionOf } from '../direct.ts';
import { namedChildren, parsePython, walk, type PythonFunction, type SyntaxNode } from '../syntax.ts';
import type { RepairDraft } from '../../repair/draft.ts';
import { wrapperDrafts, type WrapperKinds } from '../../repair/wrapper-donors.ts';
import { namesIn, sourceOf, type Scope } from './scope.ts';

const MOST_CONDITIONS = 40;
const MOST_ARGUMENTS = 40;
/** Functions whose code is searched for parts; beyond them the file has little to do with this function. */
const MOST_FUNCTIONS = 40;

const WRAPPERS: WrapperKinds = {
  call: 'call',
  arguments: 'argument_list',
  holding: new Set([
    'return_statement',
    'argument_list',
    'assignment',
    'for_statement',
    'not_operator',
    'comparison_operator',
    'boolean_operator',
  ]),
  assigning: new Set(['assignment', 'for_statement']),
  values: new Set(['identifier', 'call', 'attribute', 'subscript']),
};

/** Parts of expressions put back: a condition's other half, an argument, a conversion. */
export function partDrafts(scope: Scope): readonly RepairDraft[] {
  const { text, definition } = scope;
  const functions = [...parsePython(text).functions]
    .sort((one, other) => Math.abs(one.start - definition.start) - Math.abs(other.start - definition.start))
    .slice(0, MOST_FUNCTIONS);
  const nodes = walk(scope.tree).map(({ node }) => node);
  const everywhere = functions.flatMap((from) => walk(from.tree()).map(({ node }) => node));
  const conditions = conditionsOf(text, everywhere);
  return [
    ...nodes.flatMap((node) => restoredConditions(scope, node, conditions)).slice(0, MOST_CONDITIONS),
    ...nodes.flatMap((node) => restoredArguments(scope, node, { everywhere, functions })).slice(0, MOST_ARGUMENTS),
    ...nodes.flatMap((node) => restoredElements(scope, node)),
    ...wrapperDrafts(WRAPPERS, scope, { nodes, everywhere }),
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

function headOf(text: string, call: SyntaxNode): string {
  const [called] = call.children;
  return called === undefined ? '' : sourceOf(text, called);
}

function lastName(expression: string): string {
  return /(\w+)\s*$/.exec(expression)?.[1] ?? '';
}
