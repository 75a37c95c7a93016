import { indentOf, lineStart } from '../../source-edit.ts';
import { walk, type SyntaxNode, type Visit } from '../../syntax-tree.ts';
import type { RepairDraft } from '../../repair/draft.ts';
import { likeness, renamed } from '../../repair/adapted-code.ts';
import { indented } from '../../repair/statements.ts';
import { blockOf, sourceOf, type GoFunction } from '../syntax.ts';
import { agrees } from './agreement.ts';
import type { Scope } from './scope.ts';
import { isSibling, nameMapping } from './siblings.ts';
import { dedented } from './statements.ts';

interface ClauseDonor {
  readonly kind: 'else' | 'case';
  readonly code: string;
  /** First line of the statement that carries it. */
  readonly header: string;
  readonly sibling: boolean;
}

const MOST_CLAUSES = 40;
const MOST_LINES = 8;

/** `else` branches and cases of these functions, added to statements that could carry them. */
export function clauseDrafts(scope: Scope, functions: readonly GoFunction[]): readonly RepairDraft[] {
  const donors = functions
    .flatMap((from) => clausesOf(scope, from))
    .filter(({ code }) => code.split('\n').length <= MOST_LINES);
  const drafts = reachedIn(scope).flatMap(({ node }) =>
    donors.flatMap((donor) => (donor.kind === 'else' ? addedElse(scope, node, donor) : addedCase(scope, node, donor))),
  );
  return [...drafts]
    .sort((one, other) => (other.sameNeighbours ?? 0) - (one.sameNeighbours ?? 0))
    .slice(0, MOST_CLAUSES);
}

function reachedIn({ tree, isReached }: Scope): readonly Visit[] {
  return walk(tree).filter(({ node }) => CARRIERS.has(node.kind) && isReached(node.start));
}

const CARRIERS = new Set(['if_statement', 'expression_switch_statement', 'type_switch_statement']);

function clausesOf(scope: Scope, from: GoFunction): readonly ClauseDonor[] {
  const { text, definition } = scope;
  const mapping = nameMapping(text, from, definition);
  const sibling = mapping.size > 0 || isSibling(text, definition, from);
  return walk(from.tree()).flatMap(({ node, ancestors }): readonly ClauseDonor[] => {
    const carrier = ancestors.at(-1);
    if (node.kind === 'else' && carrier !== undefined) {
      const alternative = carrier.children.at(-1);
      if (alternative === undefined) return [];
      const code = renamed(dedented(text, { ...node, end: alternative.end }), mapping);
      if (!agrees(scope, from, { code, mapping })) return [];
      return [{ kind: 'else', code, header: headerOf(text, carrier, mapping), sibling }];
    }
    if (!CASES.has(node.kind) || carrier === undefined) return [];
    const code = renamed(dedented(text, node), mapping);
    if (!agrees(scope, from, { code, mapping })) return [];
    return [{ kind: 'case', code, header: headerOf(text, carrier, mapping), sibling }];
  });
}

const CASES = new Set(['expression_case', 'default_case', 'type_case']);

function headerOf(text: string, node: SyntaxNode, mapping: ReadonlyMap<string, string>): string {
  return renamed(firstLine(sourceOf(text, node)), mapping);
}

function addedElse({ text }: Scope, node: SyntaxNode, donor: ClauseDonor): readonly RepairDraft[] {
  const block = blockOf(node);
  if (node.kind !== 'if_statement' || block?.end !== node.end) return [];
  const indent = indentOf(text, node.start);
  const [first = '', ...rest] = donor.code.split('\n');
  const code = [first, ...rest.map((line) => (line === '' ? line : indent + line))].join('\n');
  return [
    {
      operator: 'branch',
      origin: 'donor',
      edit: { start: block.end, end: block.end, replacement: ` ${code}` },
      sameNeighbours: likeness(firstLine(sourceOf(text, node)), donor.header),
      siblingDonor: donor.sibling,
    },
  ];
}

function addedCase({ text }: Scope, node: SyntaxNode, donor: ClauseDonor): readonly RepairDraft[] {
  const isSwitch = node.kind === 'expression_switch_statement' || node.kind === 'type_switch_statement';
  const cases = node.children.filter(({ kind }) => CASES.has(kind));
  const [first] = cases;
  if (!isSwitch || first === undefined) return [];
  const label = firstLine(donor.code);
  if (cases.some((each) => firstLine(sourceOf(text, each)) === label)) return [];
  // A switch compares values of one kind: its cases look alike.
  const alike = Math.max(...cases.map((each) => likeness(firstLine(sourceOf(text, each)), label)));
  if (label !== 'default:' && alike < 0.6) return [];
  const end = node.children.at(-1)?.start ?? node.end;
  const at = lineStart(text, end);
  const edit = { start: at, end: at, replacement: indented(donor.code, indentOf(text, first.start)) };
  const sameNeighbours = likeness(firstLine(sourceOf(text, node)), donor.header);
  return [{ operator: 'branch', origin: 'donor', edit, sameNeighbours, siblingDonor: donor.sibling }];
}

function firstLine(code: string): string {
  return (code.split('\n')[0] ?? '').trimEnd();
}
