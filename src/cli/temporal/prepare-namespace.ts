import { CommandFailure, EXIT, messageOf } from '../command/exit-codes.ts';
import type { Output } from '../text/output.ts';
import type { TemporalAccess } from '../command/temporal-access.ts';
import { SEARCH_ATTRIBUTES } from '../../domain/run/search-attributes.ts';
import type { TemporalConnection } from '../../workers/temporal-connection.ts';

/** Creates the search attributes that a server lacks: a workflow that sets an unknown one hangs for ever. */
export async function prepareNamespace(
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
