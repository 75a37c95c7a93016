import { memoise } from '../../memoise.ts';
import type { Clues, CodeRegion, Repair } from '../../language.ts';
import type { RepairDraft } from '../../repair/draft.ts';
import { calledAlikeDrafts } from '../../repair/called-alike.ts';
import { tokensOf } from '../../repair/naturalness.ts';
import { repairFeatures } from '../../repair/repair-features.ts';
import { parseJavaScript, soundnessOf } from '../syntax.ts';
import { donorDrafts } from './donors.ts';
import { inverseDrafts } from './inverse.ts';
import { missingLineDrafts } from './missing-lines.ts';
import { partDrafts } from './parts.ts';
import { namesIn, scopeOf } from './scope.ts';
import { unknownNameDrafts } from './unknown-names.ts';

/** Candidate repairs of one function: operators turned round, parts and lines put back, what the failure asks for. */
export function repairsOf(text: string, region: CodeRegion, clues: Clues): readonly Repair[] {
  return cachedRepairs({ text, region, clues });
}

interface Question {
  readonly text: string;
  readonly region: CodeRegion;
  readonly clues: Clues;
}

// At every turn the program is replayed, and asks for the repairs of every attempt so far.
const cachedRepairs = memoise(findRepairs, {
  keyOf: ({ text, region, clues }: Question) =>
    JSON.stringify([region.start, { ...clues, suspiciousness: [...clues.suspiciousness] }, text]),
  capacity: 48,
});

/** Every candidate is recorded with its features, so their number is what a trajectory's size comes from. */
const MOST_REPAIRS = 300;

function findRepairs({ text, region, clues }: Question): readonly Repair[] {
  const { module } = parseJavaScript(text);
  const definition = module?.functions.find(({ start }) => start === region.start);
  if (module === undefined || definition === undefined) return [];
  const scope = scopeOf(text, definition);
  const drafts = [
    ...inverseDrafts(scope, clues.specification),
    ...missingLineDrafts(scope, clues.failures),
    ...partDrafts(scope),
    ...unknownNameDrafts(scope, clues.failures),
    ...calledAlikeDrafts(text, scope.tree, scope.known),
    ...donorDrafts(scope, clues.failures),
  ];
  const specified = new Set(tokensOf(clues.specification));
  const repairs = distinctDrafts(text, drafts).map((draft) => ({
    operator: draft.operator,
    edit: draft.edit,
    origin: draft.origin,
    features: repairFeatures(draft, { ...scope, names: namesIn(draft.edit.replacement) }, clues, specified),
  }));
  // What failing tests never came by is the first to be left out.
  const executed = repairs.filter(({ features }) => features.executed === 1 || features['in-traceback'] === 1);
  const others = repairs.filter((repair) => !executed.includes(repair));
  const staysSound = soundnessOf(text, module.grammar, definition);
  return [...executed, ...others].slice(0, MOST_REPAIRS).filter(({ edit }) => staysSound(edit));
}

function distinctDrafts(text: string, drafts: readonly RepairDraft[]): readonly RepairDraft[] {
  const changing = drafts.filter(({ edit: { start, end, replacement } }) => text.slice(start, end) !== replacement);
  return [...new Map(changing.map((draft) => [JSON.stringify(draft.edit), draft])).values()];
}
