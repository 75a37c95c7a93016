import { lineOf } from '../../source-edit.ts';
import { walk } from '../../syntax-tree.ts';
import type { Scope } from './scope.ts';

/**
 * Suspiciousness by line, with what coverage leaves out: the values of a switch's cases are compared whenever the
 * switch is, but coverage only counts the code behind them.
 */
export function withCaseLines(
  { text, tree }: Scope,
  suspiciousness: ReadonlyMap<number, number>,
): ReadonlyMap<number, number> {
  const lines = new Map(suspiciousness);
  for (const { node } of walk(tree)) {
    if (!node.kind.endsWith('_switch_statement')) continue;
    const own = suspiciousness.get(lineOf(text, node.start) + 1);
    if (own === undefined) continue;
    for (const each of node.children.filter(({ kind }) => kind.endsWith('_case'))) {
      const line = lineOf(text, each.start) + 1;
      lines.set(line, Math.max(own, lines.get(line) ?? 0));
    }
  }
  return lines;
}
