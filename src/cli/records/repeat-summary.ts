import type { RepeatCounts } from '../../domain/record/ledger-rows.ts';

/** Tool calls that ran again in another sandbox, because the one before was lost. */
export interface RepeatSummary {
  readonly same: number;
  /** Those that came to something else than the first time; the transcript keeps the first. */
  readonly diverged: number;
  /** Those that have begun and come to nothing yet, or whose sandbox was lost as well. */
  readonly unfinished: number;
  /** Those of which nobody knew what the first time had come to. */
  readonly outcomeUnknown: number;
}

export function toRepeatSummary(counts: RepeatCounts): RepeatSummary {
  const { same, diverged, unfinished, 'outcome-unknown': outcomeUnknown } = counts;
  return { same, diverged, unfinished, outcomeUnknown };
}

/** For a person; nothing where none ran again. */
export function repeatFields({
  same,
  diverged,
  unfinished,
  outcomeUnknown,
}: RepeatSummary): readonly (readonly [string, string])[] {
  const all = same + diverged + unfinished + outcomeUnknown;
  if (all === 0) return [];
  const known = `${same} the same, ${diverged} diverged, ${unfinished} unfinished`;
  return [['run again', `${all}: ${known}, ${outcomeUnknown} of unknown outcome`]];
}
