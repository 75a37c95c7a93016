import type { Failure } from '../../language.ts';
import type { RepairDraft } from '../../repair/draft.ts';
import { walk, type SyntaxNode } from '../../syntax-tree.ts';
import { namesIn } from '../names.ts';
import { likelyZeroOf, resultTypesOf, zeroOf } from '../signatures.ts';
import { blockOf } from '../syntax.ts';
import { asksFor } from './donors.ts';
import type { Scope } from './scope.ts';
import { indented, type Gap } from '../../repair/statements.ts';
import { blocksIn, gapsIn } from './statements.ts';

/** Lines that need no donor: errors passed on, parameters kept, nothing done for nothing. */
export function missingLineDrafts(scope: Scope, failures: readonly Failure[]): readonly RepairDraft[] {
  const gaps = blocksIn(scope.tree).flatMap((block) => gapsIn(scope.text, block));
  return [
    ...passedErrors(scope, gaps, failures),
    ...keptParameters(scope, gaps),
    ...guards(scope, gaps, failures),
    ...leftLoops(scope),
    ...emptiedBranches(scope),
  ];
}

/** `return x` in a branch about x that does nothing: what a lost return leaves. */
function emptiedBranches(scope: Scope): readonly RepairDraft[] {
  const { text, tree, locals } = scope;
  const others = zeroResults(scope).slice(0, -1);
  return walk(tree).flatMap(({ node }) => {
    const block = node.kind === 'if_statement' ? blockOf(node) : undefined;
    const gap = block && gapsIn(text, block)[0];
    if (block === undefined || gap?.empty !== true) return [];
    const asked = namesIn(text.slice(node.start, block.start)).filter((name) => locals.includes(name));
    return asked.map((name) => ({
      ...lineAt(gap, `return ${[...others, name].join(', ')}`, {}),
      forPlaceholder: true,
    }));
  });
}

/** `break` or `continue` at the end of what a condition in a loop guards. */
function leftLoops({ text, tree }: Scope): readonly RepairDraft[] {
  return walk(tree)
    .filter(({ node, ancestors }) => node.kind === 'block' && isInLoop(ancestors))
    .flatMap(({ node }) => gapsIn(text, node).slice(-1))
    .filter(({ next }) => next === '')
    .flatMap((gap) => ['break', 'continue'].map((code) => lineAt(gap, code, {})));
}

/** Guarded by an `if`, in a loop of this very function. */
function isInLoop(ancestors: readonly SyntaxNode[]): boolean {
  const own = ancestors.slice(ancestors.findLastIndex(({ kind }) => kind === 'func_literal') + 1);
  return own.at(-1)?.kind === 'if_statement' && own.some(({ kind }) => kind === 'for_statement');
}

/** `if err != nil { return …, err }` behind what assigns `err`. */
function passedErrors(scope: Scope, gaps: readonly Gap[], failures: readonly Failure[]): readonly RepairDraft[] {
  const results = zeroResults(scope);
  if (resultTypesOf(scope.text, scope.definition).at(-1) !== 'error') return [];
  const leaving = `return ${[...results.slice(0, -1), 'err'].join(', ')}`;
  return gaps
    .filter(({ previous, next }) => /\berr :?= /.test(previous) && !next.startsWith('if err '))
    .map((gap) => lineAt(gap, `if err != nil {\n\t${leaving}\n}`, { operator: 'guard', failures }));
}

/** `x.field = field` for a parameter that nothing reads. */
function keptParameters({ unused, text, receiver }: Scope, gaps: readonly Gap[]): readonly RepairDraft[] {
  const outermost = gaps.filter(({ indent }) => indent.length === gaps[0]?.indent.length);
  const places = [outermost[0], outermost.at(-1)].flatMap((gap) => gap ?? []);
  if (receiver === undefined) return [];
  return [...unused]
    .filter((name) => text.includes(`${receiver.name}.${name}`))
    .flatMap((name) => places.map((gap) => lineAt(gap, `${receiver.name}.${name} = ${name}`, {})));
}

/** Early ways out that a parameter or the receiver may need. */
function guards(scope: Scope, gaps: readonly Gap[], failures: readonly Failure[]): readonly RepairDraft[] {
  const [first] = gaps;
  const results = zeroResults(scope);
  if (first === undefined) return [];
  const leaving = ['return', results.join(', ')].join(' ').trimEnd();
  const { receiver, parameters } = scope;
  const named = [...(receiver === undefined ? [] : [[receiver.name, receiver.type] as const]), ...parameters].slice(
    0,
    4,
  );
  return named.flatMap(([name, type]) =>
    emptyTests(name, type).map((test) =>
      lineAt(first, `if ${test} {\n\t${leaving}\n}`, { operator: 'guard', failures }),
    ),
  );
}

function emptyTests(name: string, type: string): readonly string[] {
  if (name === '_') return [];
  if (type === 'string' || type.startsWith('[]')) return [`len(${name}) == 0`];
  return zeroOf(type) === 'nil' ? [`${name} == nil`] : [];
}

/** What the function's types begin with, as far as one sees. */
function zeroResults({ text, definition }: Scope): readonly string[] {
  return resultTypesOf(text, definition).map((type) => likelyZeroOf(text, type));
}

function lineAt(
  gap: Gap,
  code: string,
  {
    operator = 'statement',
    failures = [],
  }: { readonly operator?: 'statement' | 'guard'; readonly failures?: readonly Failure[] },
): RepairDraft {
  return {
    operator,
    origin: 'failure',
    edit: { start: gap.at, end: gap.at, replacement: indented(code, gap.indent) },
    toldByFailure: failures.some((failure) => asksFor(failure, code)),
  };
}
