import { CommandFailure, EXIT, messageOf } from '../command/exit-codes.ts';
import type { Output } from '../text/output.ts';
import type { TemporalAccess } from '../command/temporal-access.ts';
import { SEARCH_ATTRIBUTES } from '../../domain/run/search-attributes.ts';
import type { TemporalConnection } from '../../workers/temporal-connection.ts';

/**
 * Creates the search attributes that a server lacks, for a workflow that sets an unknown one hangs for ever, and says
 * where it keeps what has ended for too short a time.
 */
export async function prepareNamespace(
  temporal: TemporalAccess,
  target: TemporalConnection,
  messages: Output,
): Promise<void> {
  const short = retentionProblem(await temporal.retentionDays(), target.namespace);
  if (short !== undefined) messages.write(`${short.detail}. ${short.remedy}\n`);
  await createSearchAttributes(temporal, target, messages);
}

/**
 * A run may last for a week, and while it does, what its episodes went through is to be seen in the Temporal UI, an
 * episode that has been played is told from one that has not, and one that went wrong can be reset.
 */
const FEWEST_RETENTION_DAYS = 7;

/** What is wrong with how long a namespace keeps workflows that have ended, and what to type; undefined for nothing. */
export function retentionProblem(
  days: number,
  namespace: string,
): { readonly detail: string; readonly remedy: string } | undefined {
  if (days >= FEWEST_RETENTION_DAYS) return undefined;
  const kept = days < 1 ? `${Math.round(days * 24)} hours` : `${Math.floor(days)} days`;
  return {
    detail: `${namespace} keeps workflows that have ended for ${kept}; a run that lasts longer loses its first episodes from the Temporal UI`,
    remedy: `temporal operator namespace update --namespace ${namespace} --retention 30d`,
  };
}

async function createSearchAttributes(
  temporal: TemporalAccess,
  { address, namespace }: TemporalConnection,
  messages: Output,
): Promise<void> {
  const missing = await temporal.missingSearchAttributes();
  if (missing.length === 0) return;
  messages.write(`creating search attributes in ${namespace} at ${address}: ${missing.join(', ')}\n`);
  try {
    await temporal.createSearchAttributes(missing);
  } catch (error) {
    throw new CommandFailure(
      `${namespace} at ${address} refuses search attributes (${messageOf(error)}). Create them there: ${searchAttributeCommand(missing, namespace)}`,
      EXIT.infrastructure,
    );
  }
}

/** What a person with the rights types. */
export function searchAttributeCommand(names: readonly string[], namespace: string): string {
  const pairs = Object.entries(SEARCH_ATTRIBUTES)
    .filter(([name]) => names.includes(name))
    .map(([name, type]) => `--name ${name} --type ${type}`);
  return `temporal operator search-attribute create --namespace ${namespace} ${pairs.join(' ')}`;
}
