import { sourceOf, statementsIn, blockOf } from './syntax.ts';
import type { SyntaxNode } from '../syntax-tree.ts';

/** A function with results must not run off its end. */
export function returns(code: string, tree: SyntaxNode): boolean {
  const body = blockOf(tree);
  if (body === undefined || !hasResult(tree, body)) return true;
  return isTerminating(code, statementsIn(body).at(-1));
}

function hasResult(tree: SyntaxNode, body: SyntaxNode): boolean {
  const name = tree.children.find(({ kind }) => kind === 'identifier' || kind === 'field_identifier');
  const lists = tree.children.filter(
    ({ named, start, end }) => named && start >= (name?.end ?? 0) && end <= body.start,
  );
  return lists.filter(({ kind }) => kind !== 'type_parameter_list').length > 1;
}

/** Go's terminating statements, as the language defines them. */
function isTerminating(code: string, statement: SyntaxNode | undefined): boolean {
  if (statement === undefined) return false;
  switch (statement.kind) {
    case 'return_statement':
    case 'goto_statement':
      return true;
    case 'expression_statement':
      return sourceOf(code, statement).startsWith('panic(');
    case 'block':
      return isTerminating(code, statementsIn(statement).at(-1));
    case 'if_statement': {
      const branches = statement.children.filter(({ kind }) => kind === 'block' || kind === 'if_statement');
      return branches.length === 2 && branches.every((branch) => isTerminating(code, branch));
    }
    case 'for_statement':
      return (
        !statement.children.some(({ kind, named }) => named && kind !== 'block' && kind !== 'comment') &&
        !breaks(statement)
      );
    case 'labeled_statement':
      return isTerminating(code, statement.children.at(-1));
    case 'expression_switch_statement':
    case 'type_switch_statement':
    case 'select_statement':
      return switchTerminates(code, statement);
    default:
      return false;
  }
}

function switchTerminates(code: string, statement: SyntaxNode): boolean {
  const cases = statement.children.filter(({ kind }) => kind.endsWith('_case'));
  const isComplete = statement.kind === 'select_statement' || cases.some(({ kind }) => kind === 'default_case');
  const ends = (each: SyntaxNode) => {
    const last = statementsIn(each).at(-1);
    return last?.kind === 'fallthrough_statement' || isTerminating(code, last);
  };
  return isComplete && cases.every(ends) && !breaks(statement);
}

/** Whether a `break` leaves this loop or switch; one with a label is taken to. */
function breaks(statement: SyntaxNode): boolean {
  const search = (node: SyntaxNode): boolean =>
    node.children.some((child) => {
      if (child.kind === 'break_statement') return true;
      return !OWN_BREAK.has(child.kind) && search(child);
    });
  return search(statement);
}

const OWN_BREAK = new Set([
  'for_statement',
  'expression_switch_statement',
  'type_switch_statement',
  'select_statement',
  'func_literal',
]);
