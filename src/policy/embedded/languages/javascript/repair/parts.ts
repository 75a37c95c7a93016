import type { RepairDraft } from '../../repair/draft.ts';
import { wrapperDrafts, type WrapperKinds } from '../../repair/wrapper-donors.ts';
import { namedChildren, walk, type SyntaxNode } from '../../syntax-tree.ts';
import { PLAIN_VALUES } from '../removal.ts';
import { functionsIn, sourceOf, type JavaScriptFunction } from '../syntax.ts';
import { conditionDrafts } from './conditions.ts';
import { namesIn, type Scope } from './scope.ts';

const MOST_ARGUMENTS = 40;
const MOST_ELEMENTS = 30;
/** Functions whose code is searched for parts; beyond them the file has little to do with this function. */
const MOST_FUNCTIONS = 40;

const WRAPPERS: WrapperKinds = {
  call: 'call_expression',
  arguments: 'arguments',
  holding: new Set([
    'return_statement',
    'arguments',
    'variable_declarator',
    'assignment_expression',
    'pair',
    'unary_expression',
    'binary_expression',
  ]),
  assigning: new Set(['variable_declarator', 'assignment_expression', 'pair']),
  values: PLAIN_VALUES,
};

/** Parts of expressions put back: a condition's other half, an argument, a member, a conversion. */
export function partDrafts(scope: Scope): readonly RepairDraft[] {
  const { text, definition } = scope;
  const functions = [...functionsIn(text)]
    .sort((one, other) => Math.abs(one.start - definition.start) - Math.abs(other.start - definition.start))
    .slice(0, MOST_FUNCTIONS);
  const nodes = walk(scope.tree).map(({ node }) => node);
  const everywhere = functions.flatMap((from) => walk(from.tree()).map(({ node }) => node));
  return [
    ...conditionDrafts(scope, nodes, everywhere),
    ...nodes.flatMap((node) => restoredArguments(scope, node, { everywhere, functions })).slice(0, MOST_ARGUMENTS),
    ...nodes.flatMap((node) => restoredElements(scope, node, everywhere)).slice(0, MOST_ELEMENTS),
    ...wrapperDrafts(WRAPPERS, scope, { nodes, everywhere }),
  ];
}

interface Surroundings {
  readonly everywhere: readonly SyntaxNode[];
  readonly functions: readonly JavaScriptFunction[];
}

/** Arguments that other calls of the same function have, that its definition asks for, or that are not used here. */
function restoredArguments(scope: Scope, node: SyntaxNode, around: Surroundings): readonly RepairDraft[] {
  const { text } = scope;
  const list = argumentsOf(node);
  if (list === undefined) return [];
  const given = namedChildren(list).map((argument) => sourceOf(text, argument));
  const name = calledName(text, node);
  const elsewhere = around.everywhere
    .filter((other) => other !== node && calledName(text, other) === name)
    .flatMap((other) => namedChildren(argumentsOf(other) ?? other).slice(given.length))
    .map((argument) => sourceOf(text, argument));
  const asked = around.functions.find((other) => other.name === name);
  const wanted = [
    ...elsewhere.filter((argument) => namesIn(argument).every((each) => scope.known.has(each))),
    ...(asked === undefined
      ? []
      : parametersOf(text, asked)
          .slice(given.length)
          .filter((each) => scope.known.has(each))),
    ...scope.unused,
    // Where nothing is given, or more is asked for, anything that is at hand may be what it was.
    ...(given.length === 0 || elsewhere.length > 0 ? scope.locals : []),
  ];
  return [...new Set(wanted)]
    .filter((argument) => !given.includes(argument) && !argument.includes('\n'))
    .slice(0, 8)
    .map((argument) => appended(list, given.length, argument));
}

function appended(list: SyntaxNode, count: number, argument: string): RepairDraft {
  const last = namedChildren(list).at(-1)?.end ?? list.end - 1;
  return {
    operator: 'argument',
    origin: 'donor',
    edit: { start: last, end: last, replacement: count === 0 ? argument : `, ${argument}` },
    forPlaceholder: count === 0,
  };
}

function argumentsOf(node: SyntaxNode): SyntaxNode | undefined {
  const calls = node.kind === 'call_expression' || node.kind === 'new_expression';
  return calls ? node.children.find(({ kind }) => kind === 'arguments') : undefined;
}

function calledName(text: string, node: SyntaxNode): string | undefined {
  const called = argumentsOf(node) === undefined ? undefined : namedChildren(node)[0];
  return called && /(\w+)\s*$/.exec(sourceOf(text, called))?.[1];
}

function parametersOf(text: string, definition: JavaScriptFunction): readonly string[] {
  const list = definition.tree().children.find(({ kind }) => kind === 'formal_parameters');
  return (list === undefined ? [] : namedChildren(list)).flatMap(
    (parameter) => /^[A-Za-z_$][\w$]*/.exec(sourceOf(text, parameter))?.[0] ?? [],
  );
}

/** Members that other lists and objects of the file have next to the same member, and locals that nothing reads. */
function restoredElements(
  { text, unused, known, parameters }: Scope,
  node: SyntaxNode,
  everywhere: readonly SyntaxNode[],
) {
  if (node.kind !== 'array' && node.kind !== 'object') return [];
  const members = namedChildren(node);
  const last = members.at(-1);
  if (last === undefined) return node.kind === 'array' ? filledArrays(node, parameters) : [];
  const own = members.map((member) => sourceOf(text, member));
  const beside = everywhere
    .filter((other) => other !== node && other.kind === node.kind)
    .map((other) => namedChildren(other).map((member) => sourceOf(text, member)))
    .filter((others) => others.some((member) => own.includes(member)))
    .flat()
    .filter((member) => namesIn(member).every((name) => known.has(name)));
  return [...new Set([...unused, ...beside])]
    .filter((member) => !own.includes(member) && !member.includes('\n'))
    .slice(0, 6)
    .map((member): RepairDraft => ({
      operator: 'element',
      origin: unused.has(member) ? 'failure' : 'donor',
      edit: { start: last.end, end: last.end, replacement: `, ${member}` },
    }));
}

/** An empty list may have held what the function was given. */
function filledArrays({ start, end }: SyntaxNode, parameters: readonly string[]): readonly RepairDraft[] {
  return parameters.slice(0, 3).map((name) => ({
    operator: 'element',
    origin: 'donor',
    edit: { start, end, replacement: `[${name}]` },
    forPlaceholder: true,
  }));
}
