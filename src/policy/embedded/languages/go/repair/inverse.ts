import type { RepairDraft } from '../../repair/draft.ts';
import { namedChildren, walk, type SyntaxNode } from '../../syntax-tree.ts';
import { directEdits } from '../direct.ts';
import { removalEdits } from '../removal.ts';
import { resultTypesOf, zeroOf } from '../signatures.ts';
import { sourceOf } from '../syntax.ts';
import type { Scope } from './scope.ts';

/** Changes in place: every operator that an injector's mutation could have come from. Zeros are not what it took away. */
export function changeDrafts({ text, definition }: Scope): readonly RepairDraft[] {
  const changed = directEdits(text, definition)
    .filter(({ operator, edit }) => operator !== 'return-value' || edit.replacement.startsWith('!'))
    .map((edit) => unwrapped(text, { ...edit, origin: 'inverse' }));
  // Undoing a past change puts old lines back; taking those out again undoes it.
  const removed = removalEdits(text, definition).map((edit): RepairDraft => ({ ...edit, origin: 'removal' }));
  return [...changed, ...removed];
}

/** Other values in place of zeros and literals. */
export function valueDrafts(scope: Scope, specification: string): readonly RepairDraft[] {
  return walk(scope.tree).flatMap(({ node }) => [
    ...restoredReturns(scope, node),
    ...literalsOf(scope.text, node, specification),
  ]);
}

/** `!(a && b)` loses its parentheses with its negation: both are what a negated condition looks like. */
function unwrapped(text: string, draft: RepairDraft): RepairDraft {
  const { edit } = draft;
  const inner = /^\(([\s\S]*)\)$/.exec(edit.replacement)?.[1];
  if (draft.operator !== 'negation' || inner === undefined || !text.slice(edit.start, edit.end).startsWith('!('))
    return draft;
  return { ...draft, edit: { ...edit, replacement: inner }, forPlaceholder: true };
}

/** A returned zero may be what a spoiled return looks like; Go's functions return many for good reasons. */
function restoredReturns(scope: Scope, node: SyntaxNode): readonly RepairDraft[] {
  const { text, definition } = scope;
  if (node.kind !== 'return_statement') return [];
  const types = resultTypesOf(text, definition);
  const values = namedChildren(node).flatMap(namedChildren);
  if (values.length !== types.length) return [];
  const before = text.slice(definition.start, node.start);
  return values.flatMap((value, index) => {
    const type = types[index] ?? '';
    const zero = zeroOf(type);
    if (zero === undefined || zero === 'false' || sourceOf(text, value) !== zero) return [];
    const assigned = namesAssigned(before, scope);
    return candidatesFor(type, scope, assigned).map((replacement): RepairDraft => ({
      operator: 'return-value',
      origin: 'inverse',
      edit: { start: value.start, end: value.end, replacement },
    }));
  });
}

/** Locals that code assigns, the last assigned last. */
function namesAssigned(code: string, { locals }: Scope): readonly string[] {
  const assigned = [...code.matchAll(/(?:^|[\s,])(\w+)(?:,\s*\w+)*\s*(?::=|[-+*|&^]?=(?!=))/g)].map(
    ([, name]) => name ?? '',
  );
  return [...new Set([...assigned].reverse())].reverse().filter((name) => locals.includes(name) && name !== 'err');
}

function candidatesFor(
  type: string,
  { text, parameters, receiver, definition }: Scope,
  assigned: readonly string[],
): readonly string[] {
  if (type === 'error') return ['err', ...errorsOf(text)];
  const ofType = [...parameters].filter(([, other]) => other === type).map(([name]) => name);
  const fields = receiver === undefined ? [] : fieldsOf(text, receiver.name, definition.name);
  const sized = [...parameters.keys(), ...(receiver === undefined ? [] : [receiver.name])];
  const lengths = type === 'int' ? sized.map((name) => `len(${name})`) : [];
  return [
    ...new Set([...assigned, ...ofType, ...fields, ...lengths, ...(receiver === undefined ? [] : [receiver.name])]),
  ];
}

/** The errors that the file's functions return by name. */
function errorsOf(text: string): readonly string[] {
  return [...new Set(text.match(/\b[Ee]rr[A-Z]\w*\b/g) ?? [])].slice(0, 6);
}

/** The field that a getter of this name would return. */
function fieldsOf(text: string, receiver: string, name: string): readonly string[] {
  const wanted = name.toLowerCase();
  const fields = [...text.matchAll(new RegExp(`\\b${receiver}\\.(\\w+)\\b(?!\\()`, 'g'))].map(
    ([, field]) => field ?? '',
  );
  return [...new Set(fields)].filter((field) => field.toLowerCase() === wanted).map((field) => `${receiver}.${field}`);
}

/** Texts of the specification in place of the function's own, where they are of a kind and not far apart. */
function literalsOf(text: string, node: SyntaxNode, specification: string): readonly RepairDraft[] {
  const pattern = LITERALS[node.kind];
  if (pattern === undefined) return [];
  const own = sourceOf(text, node);
  const others = [...new Set(specification.match(pattern) ?? [])].filter((literal) => literal !== own);
  return others
    .filter((literal) => Math.abs(literal.length - own.length) <= 2)
    .slice(0, MOST_LITERALS)
    .map((replacement) => ({
      operator: 'constant',
      origin: 'failure',
      edit: { start: node.start, end: node.end, replacement },
    }));
}

const LITERALS: Readonly<Partial<Record<string, RegExp>>> = {
  interpreted_string_literal: /"[^"\n\\]{1,30}"/g,
  rune_literal: /'[^'\n\\]'/g,
};

const MOST_LITERALS = 4;
