import { closestName } from '../../config/closest-name.ts';
import type { Store } from '../../store/store.ts';
import { CommandFailure, EXIT } from '../command/exit-codes.ts';

/** A list of a run that is not there would be empty, and say nothing of the typo. */
export async function requireRun({ ledger }: Pick<Store, 'ledger'>, runId: string | undefined): Promise<void> {
  if (runId === undefined || (await ledger.findRun(runId)) !== undefined) return;
  const known = await ledger.listRunIds();
  const meant = closestName(runId, known) ?? known[0];
  throw new CommandFailure(
    `there is no run ${runId}${meant === undefined ? '' : `; did you mean ${meant}?`}`,
    EXIT.usage,
  );
}
