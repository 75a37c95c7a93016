import { editDistance } from '../../../../../domain/diff/edit-distance.ts';
import type { Failure } from '../../language.ts';
import { namedChildren, walk, type SyntaxNode } from '../syntax.ts';
import type { RepairDraft } from '../../repair/draft.ts';
import { namesIn, sourceOf, type Scope } from './scope.ts';

/** Words this close are taken for slips of one another. */
const MOST_LETTERS = 2;

/** Names that the file does not know, and attributes that go by a plain name here: what half-undone changes leave. */
export function unknownNameDrafts(scope: Scope, failures: readonly Failure[]): readonly RepairDraft[] {
  const missing = new Set(failures.flatMap(missingName));
  const isTold = (node: SyntaxNode) =>
    (/^[\w.]+/.exec(sourceOf(scope.text, node))?.[0] ?? '').split('.').some((name) => missing.has(name));
  const unknown = new Set(
    namesIn(sourceOf(scope.text, scope.definition)).filter((name) => !scope.known.has(name) && !name.startsWith('__')),
  );
  return walk(scope.tree).flatMap(({ node }) => {
    const drafts = [
      ...plainName(scope, node),
      ...(node.kind === 'call' ? asMethod(scope, node, unknown) : []),
      ...(node.kind === 'identifier' ? similarNames(scope, node, unknown) : []),
    ];
    return drafts.length === 0 ? [] : drafts.map((draft) => ({ ...draft, toldByFailure: isTold(node) }));
  });
}

/** The name or attribute that a failure says is not there. */
export function missingName({ error, message }: Failure): readonly string[] {
  if (!['NameError', 'UnboundLocalError', 'AttributeError'].includes(error)) return [];
  return /(?:name|variable|attribute) '(\w+)'/.exec(message)?.slice(1, 2) ?? [];
}

/** `operator.not_` is `not_` where that is imported. */
function plainName({ text, known, locals }: Scope, node: SyntaxNode): readonly RepairDraft[] {
  const [owner, , attribute] = node.children;
  if (node.kind !== 'attribute' || owner?.kind !== 'identifier' || attribute === undefined) return [];
  const name = sourceOf(text, attribute);
  if (!known.has(name) || locals.includes(sourceOf(text, owner))) return [];
  return [replacement(node, name)];
}

/** `iteritems(d)` is `d.items()` since Python 3; other unknown functions may be methods as well. */
function asMethod({ text }: Scope, node: SyntaxNode, unknown: ReadonlySet<string>): readonly RepairDraft[] {
  const [called, list] = node.children;
  const [only, ...others] = list === undefined ? [] : namedChildren(list);
  if (called === undefined || only === undefined || others.length > 0) return [];
  const name = sourceOf(text, called);
  if (!unknown.has(name)) return [];
  const owner = sourceOf(text, only);
  return [replacement(node, `${owner}.${name.replace(/^iter(?=keys|values|items)/, '')}()`)];
}

function similarNames({ text, known }: Scope, node: SyntaxNode, unknown: ReadonlySet<string>): readonly RepairDraft[] {
  const name = sourceOf(text, node);
  if (!unknown.has(name)) return [];
  return [...known]
    .filter((other) => editDistance(name, other) <= MOST_LETTERS)
    .map((other) => replacement(node, other));
}

function replacement({ start, end }: SyntaxNode, text: string): RepairDraft {
  return { operator: 'name', origin: 'failure', edit: { start, end, replacement: text } };
}
