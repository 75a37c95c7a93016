import { EXIT } from '../command/exit-codes.ts';
import type { TrainingEnd } from '../command/temporal-access.ts';

/** The exit code of a command that waited for a run. */
export function exitCodeOfEnd({ status, invalidInput }: TrainingEnd): number {
  if (status === 'completed') return EXIT.ok;
  if (invalidInput) return EXIT.usage;
  return status === 'failed' ? EXIT.infrastructure : EXIT.no;
}

export function describeTrainingEnd(runId: string, { status, reason }: TrainingEnd): string {
  return status === 'completed' ? `${runId} completed\n` : `selfplay: ${runId} ${status}: ${reason}\n`;
}
