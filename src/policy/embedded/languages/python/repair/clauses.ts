import { isSibling } from '../../repair/adapted-code.ts';
import { clausesOfOthers, type ClauseLanguage } from '../../repair/clause-donors.ts';
import type { RepairDraft } from '../../repair/draft.ts';
import { indented } from '../../repair/statements.ts';
import { indentOf, lineStart, nextLineStart } from '../../source-edit.ts';
import type { PythonFunction } from '../syntax.ts';
import { nameMapping } from './adapted-code.ts';
import { namesIn, type Scope } from './scope.ts';
import { dedented } from './statements.ts';

const PYTHON: ClauseLanguage<PythonFunction> = {
  ...{ dedented, namesIn, nameMapping, isSibling },
  carriers: { else_clause: 'if_statement', elif_clause: 'if_statement', except_clause: 'try_statement' },
  mostLines: 6,
  mayCarry: (text, node, { kind, code }) =>
    !dedented(text, node).includes(code) &&
    (kind !== 'else_clause' || !node.children.some((child) => child.kind === 'else_clause')),
  placeOf(text, node, { code }) {
    const behind = node.children.find(({ kind }) => kind === 'else_clause' || kind === 'finally_clause');
    const at = behind === undefined ? nextLineStart(text, node.end) : lineStart(text, behind.start);
    return { start: at, end: at, replacement: indented(code, indentOf(text, node.start)) };
  },
};

/** `else`, `elif` and `except` clauses of these functions, added to statements that could carry them. */
export function clauseDrafts(scope: Scope, functions: readonly PythonFunction[]): readonly RepairDraft[] {
  return clausesOfOthers(PYTHON, scope, functions);
}
