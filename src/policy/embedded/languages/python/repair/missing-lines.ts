import type { Failure } from '../../language.ts';
import type { RepairDraft } from '../../repair/draft.ts';
import { asksFor } from './donors.ts';
import { gettersOf, type Scope } from './scope.ts';
import { indented, type Gap } from '../../repair/statements.ts';
import { blocksIn, gapsIn } from './statements.ts';

/** Lines that need no donor: attributes kept, values returned, guards, loops left. */
export function missingLineDrafts(scope: Scope, failures: readonly Failure[]): readonly RepairDraft[] {
  const gaps = blocksIn(scope.tree).flatMap((block) => gapsIn(scope.text, block));
  return [
    ...keptAttributes(scope, gaps, failures),
    ...returnedValues(scope, gaps, failures),
    ...guards(scope, gaps),
    ...returnedExpressions(scope),
  ];
}

/** `self.x = x` for a parameter that nothing reads. */
function keptAttributes(
  { parameters, unused, text, definition }: Scope,
  gaps: readonly Gap[],
  failures: readonly Failure[],
): readonly RepairDraft[] {
  if (parameters[0] !== 'self') return [];
  const outermost = gaps.filter(({ indent }) => indent.length === gaps[0]?.indent.length);
  const places = [outermost[0], outermost.at(-1)].flatMap((gap) => gap ?? []);
  const rest = text.slice(0, definition.start) + text.slice(definition.end);
  const attributes = [...unused].flatMap((name) =>
    ['', '_', '__']
      .filter((prefix) => rest.includes(`self.${prefix}${name}`))
      .map((prefix) => [`${prefix}${name}`, name]),
  );
  return attributes.flatMap(([attribute = '', name = '']) =>
    places.map((gap) => lineAt(gap, `self.${attribute} = ${name}`, { failures })),
  );
}

/** `return x` at the end of a block, for what was assigned or is a parameter. */
function returnedValues(scope: Scope, gaps: readonly Gap[], failures: readonly Failure[]): readonly RepairDraft[] {
  const { locals, unused } = scope;
  const getters = gettersOf(scope);
  const ends = gaps.filter(({ next }) => next === '');
  const isNone = failures.some(({ message }) => /\bNone\b|NoneType/.test(message));
  const values = [...getters, ...unused, ...locals.slice(-4), 'self', 'True', 'False'];
  return ends.flatMap((gap) =>
    [...new Set(values)].map((value) => ({
      ...lineAt(gap, `return ${value}`, {}),
      toldByFailure: isNone && value !== 'True' && value !== 'False',
      lastAssigned: getters.includes(value),
    })),
  );
}

/** Early ways out that a parameter may need. */
function guards({ parameters }: Scope, gaps: readonly Gap[]): readonly RepairDraft[] {
  const [first] = gaps;
  if (first === undefined) return [];
  const named = parameters.filter((name) => name !== 'self' && name !== 'cls').slice(0, 3);
  return named.flatMap((name) => [
    { ...lineAt(first, `if ${name} is None:\n    return None`, {}), operator: 'guard' },
    { ...lineAt(first, `if not ${name}:\n    return ${name}`, {}), operator: 'guard' },
  ]);
}

/** The last expression of a function may have been what it returned. */
function returnedExpressions({ text, tree }: Scope): readonly RepairDraft[] {
  return blocksIn(tree).flatMap((block) => {
    const last = block.children.at(-1);
    if (last?.kind !== 'expression_statement' || last.children[0]?.kind !== 'call') return [];
    const replacement = `return ${text.slice(last.start, last.end)}`;
    return [
      { operator: 'statement', origin: 'failure', edit: { start: last.start, end: last.end, replacement } } as const,
    ];
  });
}

function lineAt(gap: Gap, code: string, { failures = [] }: { readonly failures?: readonly Failure[] }): RepairDraft {
  return {
    operator: 'statement',
    origin: 'failure',
    edit: { start: gap.at, end: gap.at, replacement: indented(code, gap.indent) },
    toldByFailure: failures.some((failure) => asksFor(failure, code)),
  };
}
