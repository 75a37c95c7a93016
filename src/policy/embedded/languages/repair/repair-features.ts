import { flag, logOf } from '../../choice/features.ts';
import type { Clues, Repair } from '../language.ts';
import { applyEdit, lineOf, lineStart, nextLineStart } from '../source-edit.ts';
import type { RepairDraft } from './draft.ts';
import { naturalnessGain, tokensOf } from './naturalness.ts';

/** What a repair's features are worked out from, beside its draft and the clues. */
export interface RepairScope {
  readonly text: string;
  /** Locals that nothing reads. */
  readonly unused: ReadonlySet<string>;
  /** Names that code in this place may use. */
  readonly known: ReadonlySet<string>;
  /** Names that the repair's own code uses. */
  readonly names: readonly string[];
}

/** The features of one candidate, alike for all languages so that they share their weights. */
export function repairFeatures(
  draft: RepairDraft,
  { text, unused, known, names }: RepairScope,
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
