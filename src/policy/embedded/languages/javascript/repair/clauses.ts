import { isSibling } from '../../repair/adapted-code.ts';
import { clausesOfOthers, type ClauseLanguage } from '../../repair/clause-donors.ts';
import type { RepairDraft } from '../../repair/draft.ts';
import { indented } from '../../repair/statements.ts';
import { indentOf, lineStart } from '../../source-edit.ts';
import { namedChildren } from '../../syntax-tree.ts';
import { sourceOf, type JavaScriptFunction } from '../syntax.ts';
import { namesIn, type Scope } from './scope.ts';
import { dedented, nameMapping } from './statements.ts';

const JAVASCRIPT: ClauseLanguage<JavaScriptFunction> = {
  ...{ dedented, namesIn, nameMapping, isSibling },
  carriers: { else_clause: 'if_statement', switch_case: 'switch_body', switch_default: 'switch_body' },
  mostLines: 8,
  mayCarry: (text, node, { kind, code }) =>
    !sourceOf(text, node).includes(code) &&
    (kind === 'switch_case' || !node.children.some((child) => child.kind === kind)),
  placeOf(text, node, { code }) {
    if (node.kind === 'if_statement') {
      const branch = indented(code, indentOf(text, node.start)).trim();
      return { start: node.end, end: node.end, replacement: ` ${branch}` };
    }
    const cases = namedChildren(node);
    const ends = cases.find(({ kind }) => kind === 'switch_default') ?? node.children.at(-1);
    if (cases[0] === undefined || ends === undefined) return undefined;
    const at = lineStart(text, ends.start);
    return { start: at, end: at, replacement: indented(code, indentOf(text, cases[0].start)) };
  },
};

/** `else` clauses and cases of these functions, added to statements that could carry them. */
export function clauseDrafts(scope: Scope, functions: readonly JavaScriptFunction[]): readonly RepairDraft[] {
  return clausesOfOthers(JAVASCRIPT, scope, functions);
}
