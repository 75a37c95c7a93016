import type { RepairDraft } from '../../repair/draft.ts';
import { namedChildren, type SyntaxNode } from '../../syntax-tree.ts';
import { conditionOf } from '../direct.ts';
import { isLogical, operatorOf, sourceOf, unwrapped } from '../syntax.ts';
import { namesIn, type Scope } from './scope.ts';

const MOST_CONDITIONS = 60;
const MOST_DEFAULTS = 40;

/** The other half of a condition, and what a value falls back on, put back. */
export function conditionDrafts(
  scope: Scope,
  nodes: readonly SyntaxNode[],
  everywhere: readonly SyntaxNode[],
): readonly RepairDraft[] {
  const parts = conditionParts(scope.text, everywhere);
  const defaults = everywhere.filter(isLogical);
  return [
    ...nodes.flatMap((node) => restoredConditions(scope, node, parts)).slice(0, MOST_CONDITIONS),
    ...nodes.flatMap((node) => restoredDefaults(scope, node, defaults)).slice(0, MOST_DEFAULTS),
  ];
}

/** The parts of the file's conditions, each once. */
function conditionParts(text: string, everywhere: readonly SyntaxNode[]): readonly string[] {
  const parts = everywhere.flatMap((node) => (isLogical(node) ? namedChildren(node) : (conditionOf(node) ?? [])));
  return [...new Set(parts.filter((part) => !isLogical(part)).map((part) => sourceOf(text, unwrapped(part))))];
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
  return fitting
    .slice(0, 8)
    .flatMap((part) =>
      ['&&', '||'].flatMap((word): readonly RepairDraft[] => [
        put(condition.end, ` ${word} ${part}`),
        put(condition.start, `${part} ${word} `),
      ]),
    );
}

/** `options.depth || 5` in one place tells what `options.depth` may have been in another. */
function restoredDefaults(
  { text, known }: Scope,
  node: SyntaxNode,
  defaults: readonly SyntaxNode[],
): readonly RepairDraft[] {
  if (!HOLDING_VALUES.has(node.kind)) return [];
  const value = namedChildren(node).at(-1);
  if (value === undefined) return [];
  const own = sourceOf(text, value);
  return defaults.flatMap((other) => {
    const [left, right] = namedChildren(other);
    const operator = operatorOf(other);
    if (left === undefined || right === undefined || operator === undefined || contains(other, value)) return [];
    const names = namesIn(sourceOf(text, other));
    const rest = ` ${operator.kind} ${sourceOf(text, right)}`;
    if (sourceOf(text, left) !== own || !names.every((name) => known.has(name))) return [];
    return [{ ...put(value.end, rest), sameNeighbours: 1 }];
  });
}

const HOLDING_VALUES = new Set([
  'return_statement',
  'variable_declarator',
  'assignment_expression',
  'pair',
  'arguments',
]);

function contains(outer: SyntaxNode, inner: SyntaxNode): boolean {
  return outer.start <= inner.start && inner.end <= outer.end;
}

function put(at: number, replacement: string): RepairDraft {
  return { operator: 'condition', origin: 'donor', edit: { start: at, end: at, replacement } };
}
