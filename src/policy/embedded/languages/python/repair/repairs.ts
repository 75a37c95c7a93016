import { flag, logOf } from '../../../features.ts';
import { memoise } from '../../../memoise.ts';
import type { Clues, CodeRegion, Repair } from '../../language.ts';
import { applyEdit, lineOf, lineStart, nextLineStart } from '../../source-edit.ts';
import { parsePython } from '../syntax.ts';
import { donorDrafts } from './donors.ts';
import type { RepairDraft } from './draft.ts';
import { inverseDrafts } from './inverse.ts';
import { missingLineDrafts } from './missing-lines.ts';
import { naturalnessGain, tokensOf } from './naturalness.ts';
import { partDrafts } from './parts.ts';
import { unknownNameDrafts } from './unknown-names.ts';
import { namesIn, scopeOf, type Scope } from './scope.ts';

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

function findRepairs({ text, region, clues }: Question): readonly Repair[] {
  const definition = parsePython(text).functions.find(({ start }) => start === region.start);
  if (definition === undefined) return [];
  const scope = scopeOf(text, definition);
  const drafts = [
    ...inverseDrafts(scope, clues.specification),
    ...missingLineDrafts(scope, clues.failures),
    ...partDrafts(scope),
    ...unknownNameDrafts(scope, clues.failures),
    ...donorDrafts(scope, clues.failures),
  ];
  const distinct = new Map(drafts.filter(changesText(text)).map((draft) => [JSON.stringify(draft.edit), draft]));
  const specified = new Set(tokensOf(clues.specification));
  const repairs = [...distinct.values()].map((draft) => ({
    operator: draft.operator,
    edit: draft.edit,
    origin: draft.origin,
    features: featuresOf(draft, scope, clues, specified),
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

function featuresOf(
  draft: RepairDraft,
  { text, unused, known }: Scope,
  { path, failures, suspiciousness }: Clues,
  specified: ReadonlySet<string>,
): Repair['features'] {
  const { edit } = draft;
  const from = lineStart(text, edit.start);
  const isInsertion = edit.start === edit.end && edit.replacement.endsWith('\n');
  // A line that is put in is judged together with its neighbours.
  const start = isInsertion ? lineStart(text, Math.max(0, from - 1)) : from;
  const end = nextLineStart(text, edit.end);
  const before = text.slice(start, end);
  const after = applyEdit(before, { ...edit, start: edit.start - start, end: edit.end - start });
  const gain = Math.max(-3, Math.min(3, naturalnessGain(text, before, after)));
  const line = lineOf(text, edit.start) + 1;
  const lines = isInsertion ? [line - 1, line] : [line];
  const names = namesIn(edit.replacement);
  const fresh = tokensOf(edit.replacement).filter((token) => /\w/.test(token) && !before.includes(token));
  return {
    [draft.operator]: 1,
    donor: flag(draft.origin === 'donor'),
    failure: flag(draft.origin === 'failure'),
    removal: flag(draft.origin === 'removal'),
    'for-placeholder': flag(draft.forPlaceholder === true),
    // A donor's line is in the file by nature, so the two are not measured alike.
    naturalness: draft.origin === 'donor' ? 0 : gain,
    'donor-naturalness': draft.origin === 'donor' ? gain : 0,
    'last-assigned': flag(draft.lastAssigned === true),
    executed: flag(lines.some((each) => suspiciousness.has(each))),
    suspiciousness: Math.max(...lines.map((each) => suspiciousness.get(each) ?? 0)),
    'in-traceback': flag(
      failures.some(({ frames }) => frames.some((frame) => frame.path === path && lines.includes(frame.line))),
    ),
    'told-by-failure': flag(draft.toldByFailure === true),
    'in-specification': flag(fresh.some((token) => specified.has(token))),
    'same-neighbours': draft.sameNeighbours ?? 0,
    'uses-unused-name': flag(names.some((name) => unused.has(name))),
    'sibling-donor': flag(draft.siblingDonor === true),
    'unknown-names': names.filter((name) => !known.has(name)).length,
    'log-lines': logOf(edit.replacement.split('\n').length - 1),
  };
}
