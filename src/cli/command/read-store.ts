import { existsSync } from 'node:fs';

import { keepsStoreAtHome } from '../../config/store-configuration.ts';
import type { Store } from '../../store/store.ts';
import type { CommandContext } from './command-context.ts';
import { CommandFailure, EXIT } from './exit-codes.ts';

/** Gives a command the store of the home to read, and closes it after. A home that is not there is not made. */
export async function withStore<Result>(
  { environment, backends }: CommandContext,
  read: (store: Pick<Store, 'blobs' | 'ledger'>) => Promise<Result>,
): Promise<Result> {
  requireHome(environment);
  const store = await backends.openStore(environment);
  try {
    return await read(store);
  } finally {
    await store.close();
  }
}

/** A home that is not there is not made to find that out. */
export function requireHome(environment: CommandContext['environment']): void {
  if (existsSync(environment.home) || !keepsStoreAtHome(environment)) return;
  throw new CommandFailure(
    `nothing has run in ${environment.home} yet. Start with \`selfplay demo\`, or name another place with --home`,
    EXIT.usage,
  );
}
