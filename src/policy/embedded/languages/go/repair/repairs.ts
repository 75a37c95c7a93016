import { memoise } from '../../memoise.ts';
import type { Clues, CodeRegion, Repair } from '../../language.ts';
import type { RepairDraft } from '../../repair/draft.ts';
import { calledAlikeDrafts } from '../../repair/called-alike.ts';
import { tokensOf } from '../../repair/naturalness.ts';
import { repairFeatures } from '../../repair/repair-features.ts';
import { parseGo } from '../syntax.ts';
import { withCaseLines } from './case-lines.ts';
import { compiling, donorDrafts } from './donors.ts';
import { changeDrafts, valueDrafts } from './inverse.ts';
import { missingLineDrafts } from './missing-lines.ts';
import { partDrafts } from './parts.ts';
import { namesIn } from '../names.ts';
import { scopeOf } from './scope.ts';

/** Candidate repairs of one function that may compile: operators turned round, parts and lines put back. */
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

function findRepairs({ text, region, clues }: Question): readonly Repair[] {
  const definition = parseGo(text).find(({ start }) => start === region.start);
  if (definition === undefined) return [];
  const scope = scopeOf(text, definition, clues.suspiciousness);
  const drafts = [
    ...changeDrafts(scope),
    ...compiling(scope, [
      ...valueDrafts(scope, clues.specification),
      ...missingLineDrafts(scope, clues.failures),
      ...partDrafts(scope),
      ...calledAlikeDrafts(text, scope.tree, scope.known),
    ]),
    ...donorDrafts(scope, clues.failures),
  ];
  const distinct = new Map(drafts.filter(changesText(text)).map((draft) => [JSON.stringify(draft.edit), draft]));
  const specified = new Set(tokensOf(clues.specification));
  const seen = { ...clues, suspiciousness: withCaseLines(scope, clues.suspiciousness) };
  const repairs = [...distinct.values()].map((draft) => ({
    operator: draft.operator,
    edit: draft.edit,
    origin: draft.origin,
    features: repairFeatures(draft, { ...scope, names: namesIn(draft.edit.replacement) }, seen, specified),
  }));
  // What failing tests never came by is the first to be left out.
  const executed = repairs.filter(({ features }) => features.executed === 1 || features['in-traceback'] === 1);
  const others = repairs.filter((repair) => !executed.includes(repair));
  return [...executed, ...others].slice(0, MOST_REPAIRS);
}

/** Every candidate is recorded with its features, so their number is what a trajectory's size comes from. */
const MOST_REPAIRS = 300;

function changesText(text: string): (draft: RepairDraft) => boolean {
  return ({ edit: { start, end, replacement } }) => text.slice(start, end) !== replacement;
}
