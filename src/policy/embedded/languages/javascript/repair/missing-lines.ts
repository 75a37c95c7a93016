import type { RepairDraft } from '../../repair/draft.ts';
import type { Failure } from '../../language.ts';
import type { Scope } from './scope.ts';
import { indented, type Gap } from '../../repair/statements.ts';
import { blocksIn, gapsIn } from './statements.ts';
import { asksFor } from './told-by-failure.ts';

/** Lines that need no donor: properties kept, values returned, guards, calls whose result was returned. */
export function missingLineDrafts(scope: Scope, failures: readonly Failure[]): readonly RepairDraft[] {
  const gaps = blocksIn(scope.tree).flatMap((block) => gapsIn(scope.text, block));
  return [
    ...keptProperties(scope, gaps, failures),
    ...returnedValues(scope, gaps, failures),
    ...guards(scope, gaps),
    ...returnedExpressions(scope),
  ].map((draft) => (ENDS_IN_SEMICOLON.test(scope.text) ? draft : withoutSemicolons(draft)));
}

const ENDS_IN_SEMICOLON = /;$/m;

/** As files are written that leave semicolons out. */
function withoutSemicolons(draft: RepairDraft): RepairDraft {
  return { ...draft, edit: { ...draft.edit, replacement: draft.edit.replacement.replaceAll(/;(?=\n| \}\n)/g, '') } };
}

/** `this.x = x;` for a parameter that nothing reads. */
function keptProperties(
  { unused, text, definition }: Scope,
  gaps: readonly Gap[],
  failures: readonly Failure[],
): readonly RepairDraft[] {
  const rest = text.slice(0, definition.start) + text.slice(definition.end);
  const outermost = gaps.filter(({ indent }) => indent.length === gaps[0]?.indent.length);
  const places = [outermost[0], outermost.at(-1)].flatMap((gap) => gap ?? []);
  return [...unused].flatMap((name) =>
    ['', '_', '#']
      .filter((prefix) => rest.includes(`this.${prefix}${name}`))
      .flatMap((prefix) => places.map((gap) => lineAt(gap, `this.${prefix}${name} = ${name};`, failures))),
  );
}

/** `return x;` at the end of a block, for what was assigned or is a parameter. */
function returnedValues(scope: Scope, gaps: readonly Gap[], failures: readonly Failure[]): readonly RepairDraft[] {
  const { locals, unused } = scope;
  const ends = gaps.filter(({ next }) => next === '');
  const isUndefined = failures.some(({ message }) => /\bundefined\b/.test(message));
  const values = [...unused, ...locals.slice(-4), 'this', 'true', 'false'];
  return ends.flatMap((gap) =>
    [...new Set(values)].map((value) => ({
      ...lineAt(gap, `return ${value};`, []),
      toldByFailure: isUndefined && value !== 'true' && value !== 'false',
    })),
  );
}

/** Early ways out that a parameter may need. */
function guards({ parameters }: Scope, gaps: readonly Gap[]): readonly RepairDraft[] {
  const [first] = gaps;
  if (first === undefined) return [];
  return parameters.slice(0, 3).flatMap((name) =>
    [`if (!${name}) { return ${name}; }`, `if (${name} === null) { return ${name}; }`].map((code) => ({
      ...lineAt(first, code, []),
      operator: 'guard' as const,
    })),
  );
}

/** The last call of a block may have been what it returned. */
function returnedExpressions({ text, tree }: Scope): readonly RepairDraft[] {
  return blocksIn(tree).flatMap((block) => {
    const last = block.children.filter(({ named }) => named).at(-1);
    if (last?.kind !== 'expression_statement' || last.children[0]?.kind !== 'call_expression') return [];
    const replacement = `return ${text.slice(last.start, last.end)}`;
    return [
      { operator: 'statement', origin: 'failure', edit: { start: last.start, end: last.end, replacement } } as const,
    ];
  });
}

function lineAt(gap: Gap, code: string, failures: readonly Failure[]): RepairDraft {
  return {
    operator: 'statement',
    origin: 'failure',
    edit: { start: gap.at, end: gap.at, replacement: indented(code, gap.indent) },
    forPlaceholder: gap.empty,
    toldByFailure: failures.some((failure) => asksFor(failure, code)),
  };
}
