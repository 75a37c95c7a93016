import type { RepairDraft } from '../../repair/draft.ts';
import { namedChildren, type SyntaxNode, type Visit } from '../../syntax-tree.ts';
import { namesIn } from '../names.ts';
import { SAME_TYPE } from '../removal.ts';
import { sourceOf } from '../syntax.ts';
import type { Scope } from './scope.ts';

const MOST_WRAPPERS = 30;

/** Calls that give a value of the same type back, put around values where the file has such calls. */
export function wrapperDrafts(
  scope: Scope,
  visits: readonly Visit[],
  everywhere: readonly SyntaxNode[],
): readonly RepairDraft[] {
  const wrappers = wrappersIn(scope.text, everywhere);
  return visits
    .filter(({ node, ancestors }) => !isAssigned(node, ancestors))
    .flatMap(({ node }) => restoredWrappers(scope, node, wrappers))
    .slice(0, MOST_WRAPPERS);
}

function isAssigned(node: SyntaxNode, ancestors: readonly SyntaxNode[]): boolean {
  const parent = ancestors.at(-1);
  return parent?.kind === 'assignment_statement' && parent.children[0] === node;
}

interface Wrapper {
  readonly before: string;
  readonly around: string;
  readonly behind: string;
}

/** Calls of the file around a name or another call, with what they are called on. */
function wrappersIn(text: string, everywhere: readonly SyntaxNode[]): readonly Wrapper[] {
  const wrappers = everywhere.flatMap((node): readonly Wrapper[] => {
    const [called, list] = node.children;
    if (node.kind !== 'call_expression' || called === undefined || list === undefined) return [];
    const [first, ...others] = namedChildren(list);
    if (first === undefined || others.length > 1 || !WRAPPED.has(first.kind)) return [];
    return [
      {
        before: text.slice(node.start, first.start),
        around: sourceOf(text, first),
        behind: text.slice(first.end, node.end),
      },
    ];
  });
  const distinct = new Map(
    wrappers.map((wrapper) => [`${wrapper.before} ${wrapper.around} ${wrapper.behind}`, wrapper]),
  );
  return [...distinct.values()].filter(({ before }) => SAME_TYPE.test(before.replace(/\($/, '')));
}

const WRAPPED = new Set(['identifier', 'call_expression', 'selector_expression', 'index_expression']);
const HOLDING_VALUES = new Set(['expression_list', 'argument_list', 'binary_expression', 'range_clause']);

function restoredWrappers(
  { text, known }: Scope,
  node: SyntaxNode,
  wrappers: readonly Wrapper[],
): readonly RepairDraft[] {
  if (!HOLDING_VALUES.has(node.kind)) return [];
  return namedChildren(node)
    .filter(({ kind }) => WRAPPED.has(kind))
    .flatMap((value) => {
      const own = sourceOf(text, value);
      return wrappers
        .filter(({ before, behind }) => !own.startsWith(before) && namesIn(behind).every((name) => known.has(name)))
        .sort((one, other) => Number(other.around === own) - Number(one.around === own))
        .slice(0, 4)
        .map(({ before, around, behind }): RepairDraft => ({
          operator: 'wrapper',
          origin: 'donor',
          edit: { start: value.start, end: value.end, replacement: before + own + behind },
          sameNeighbours: around === own ? 1 : 0,
        }));
    });
}
