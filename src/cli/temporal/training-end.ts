import { EXIT } from '../command/exit-codes.ts';
import type { TrainingEnd } from '../command/temporal-access.ts';
import { visible } from '../text/visible-text.ts';

/** The exit code of a command that waited for a run, of which the report says what it came to. */
export function exitCodeOfRun(
  end: TrainingEnd,
  { episodes, lost }: { readonly episodes: readonly unknown[]; readonly lost: number },
): number {
  // A machine that took everything kept the command from its answer.
  if (end.status === 'completed' && episodes.length === 0 && lost > 0) return EXIT.infrastructure;
  return exitCodeOfEnd(end);
}

/** The same where only its end is known. */
export function exitCodeOfEnd({ status, invalidInput }: TrainingEnd): number {
  if (status === 'completed') return EXIT.ok;
  if (invalidInput) return EXIT.usage;
  return status === 'failed' ? EXIT.infrastructure : EXIT.no;
}

export function describeTrainingEnd(runId: string, { status, reason }: TrainingEnd): string {
  return status === 'completed' ? `${runId} completed\n` : `selfplay: ${runId} ${status}: ${visible(reason)}\n`;
}
