import type { Clues, Repair } from '../language.ts';
import type { RepairDraft } from './draft.ts';
import { tokensOf } from './naturalness.ts';
import { repairFeatures, type RepairedCode } from './repair-features.ts';

/** Every candidate is recorded with its features, so their number is what a trajectory's size comes from. */
const MOST_REPAIRS = 300;

/** Drafts that change something, each once and with its features. */
export function toRepairs(drafts: readonly RepairDraft[], code: RepairedCode, clues: Clues): readonly Repair[] {
  const distinct = new Map(drafts.filter(changesText(code.text)).map((draft) => [JSON.stringify(draft.edit), draft]));
  const specified = new Set(tokensOf(clues.specification));
  const repairs = [...distinct.values()].map((draft) => ({
    operator: draft.operator,
    edit: draft.edit,
    origin: draft.origin,
    features: repairFeatures(draft, code, clues, specified),
  }));
  // What failing tests never came by is the first to be left out.
  const executed = repairs.filter(({ features }) => features.executed === 1 || features['in-traceback'] === 1);
  const others = repairs.filter((repair) => !executed.includes(repair));
  return [...executed, ...others].slice(0, MOST_REPAIRS);
}

function changesText(text: string): (draft: RepairDraft) => boolean {
  return ({ edit: { start, end, replacement } }) => text.slice(start, end) !== replacement;
}
