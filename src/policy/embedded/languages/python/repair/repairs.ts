import { flag, logOf } from '../../../features.ts';
import type { Clues, CodeRegion, Repair } from '../../language.ts';
import { applyEdit, lineOf, lineStart, nextLineStart } from '../../source-edit.ts';
import { parsePython } from '../syntax.ts';
import { donorDrafts } from './donors.ts';
import type { RepairDraft } from './draft.ts';
import { inverseDrafts } from './inverse.ts';
import { missingLineDrafts } from './missing-lines.ts';
import { naturalnessGain, tokensOf } from './naturalness.ts';
import { partDrafts } from './parts.ts';
import { namesIn, scopeOf, type Scope } from './scope.ts';

/** Candidate repairs of one function: operators turned round, parts and lines put back, what the failure asks for. */
export function repairsOf(text: string, region: CodeRegion, clues: Clues): readonly Repair[] {
  const definition = parsePython(text).functions.find(({ start }) => start === region.start);
  if (definition === undefined) return [];
  const scope = scopeOf(text, definition);
  const drafts = [
    ...inverseDrafts(scope, clues.specification),
    ...missingLineDrafts(scope, clues.failures),
    ...partDrafts(scope),
    ...donorDrafts(scope, clues.failures),
  ];
  const distinct = new Map(drafts.map((draft) => [applyEdit(text, draft.edit), draft]));
  distinct.delete(text);
  const specified = new Set(tokensOf(clues.specification));
  return [...distinct.values()].map((draft) => ({
    operator: draft.operator,
    edit: draft.edit,
    origin: draft.origin,
    features: featuresOf(draft, scope, clues, specified),
  }));
}

function featuresOf(
  draft: RepairDraft,
  { text, unused, known }: Scope,
  { path, failures, executedLines }: Clues,
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
  const line = lineOf(text, edit.start) + 1;
  const lines = isInsertion ? [line - 1, line] : [line];
  const names = namesIn(edit.replacement);
  const fresh = tokensOf(edit.replacement).filter((token) => /\w/.test(token) && !before.includes(token));
  return {
    [draft.operator]: 1,
    donor: flag(draft.origin === 'donor'),
    failure: flag(draft.origin === 'failure'),
    naturalness: Math.max(-3, Math.min(3, naturalnessGain(text, before, after))),
    executed: flag(lines.some((each) => executedLines.has(each))),
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
