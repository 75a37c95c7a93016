import type { Clues, CodeRegion, Repair } from '../language.ts';
import { memoise } from '../memoise.ts';
import type { SourceEdit } from '../source-edit.ts';
import type { RepairDraft } from './draft.ts';
import { tokensOf } from './naturalness.ts';
import { repairFeatures, type RepairScope } from './repair-features.ts';

type SearchScope = Omit<RepairScope, 'names'>;

/** What a language brings to the search. */
export interface RepairLanguage<Scope extends SearchScope> {
  /** The function in question; undefined where the text has none there. */
  readonly scopeAt: (text: string, region: CodeRegion, clues: Clues) => Scope | undefined;
  readonly drafts: (scope: Scope, clues: Clues) => readonly RepairDraft[];
  readonly namesIn: (code: string) => readonly string[];
  /** The clues as features are to see them; as they are by default. */
  readonly cluesFor?: (scope: Scope, clues: Clues) => Clues;
  /** Whether the text can still be read after an edit; every edit by default. */
  readonly soundness?: (scope: Scope) => (edit: SourceEdit) => boolean;
}

interface Question {
  readonly text: string;
  readonly region: CodeRegion;
  readonly clues: Clues;
}

/** Every candidate is recorded with its features, so their number is what a trajectory's size comes from. */
const MOST_REPAIRS = 300;

/** The search for candidate repairs of one function, each once, with its features. */
export function createRepairSearch<Scope extends SearchScope>(
  language: RepairLanguage<Scope>,
): (text: string, region: CodeRegion, clues: Clues) => readonly Repair[] {
  // At every turn the program is replayed, and asks for the repairs of every attempt so far.
  const cached = memoise((question: Question) => findRepairs(language, question), {
    keyOf: ({ text, region, clues }: Question) =>
      JSON.stringify([region.start, { ...clues, suspiciousness: [...clues.suspiciousness] }, text]),
    capacity: 48,
  });
  return (text, region, clues) => cached({ text, region, clues });
}

function findRepairs<Scope extends SearchScope>(
  { scopeAt, drafts, namesIn, cluesFor, soundness }: RepairLanguage<Scope>,
  { text, region, clues }: Question,
): readonly Repair[] {
  const scope = scopeAt(text, region, clues);
  if (scope === undefined) return [];
  const specified = new Set(tokensOf(clues.specification));
  const seen = cluesFor?.(scope, clues) ?? clues;
  const repairs = distinctDrafts(text, drafts(scope, clues)).map((draft) => ({
    operator: draft.operator,
    edit: draft.edit,
    origin: draft.origin,
    features: repairFeatures(draft, { ...scope, names: namesIn(draft.edit.replacement) }, seen, specified),
  }));
  // What failing tests never came by is the first to be left out.
  const executed = repairs.filter(({ features }) => features.executed === 1 || features['in-traceback'] === 1);
  const others = repairs.filter((repair) => !executed.includes(repair));
  const isSound = soundness?.(scope) ?? (() => true);
  return [...executed, ...others].slice(0, MOST_REPAIRS).filter(({ edit }) => isSound(edit));
}

function distinctDrafts(text: string, drafts: readonly RepairDraft[]): readonly RepairDraft[] {
  const changing = drafts.filter(({ edit: { start, end, replacement } }) => text.slice(start, end) !== replacement);
  return [...new Map(changing.map((draft) => [JSON.stringify(draft.edit), draft])).values()];
}
