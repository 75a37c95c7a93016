import type { RepeatCounts } from '../../domain/record/ledger-rows.ts';

/** Tool calls that ran again in another sandbox, because the one before was lost. */
export interface RepeatSummary {
  readonly same: number;
  /** Those that came to something else than the first time; the transcript keeps the first. */
  readonly diverged: number;
  /** Those of which nobody knew what the first time had come to. */
  readonly outcomeUnknown: number;
}

export function toRepeatSummary(counts: RepeatCounts): RepeatSummary {
  return { same: counts.same, diverged: counts.diverged, outcomeUnknown: counts['outcome-unknown'] };
}

/** For a person; nothing where none ran again. */
export function repeatFields({
  same,
  diverged,
  outcomeUnknown,
}: RepeatSummary): readonly (readonly [string, string])[] {
  const all = same + diverged + outcomeUnknown;
  if (all === 0) return [];
  return [['run again', `${all}: ${same} the same, ${diverged} diverged, ${outcomeUnknown} of unknown outcome`]];
}
