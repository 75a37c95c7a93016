import type { Kysely, Transaction } from 'kysely';
import type { LedgerTables } from './ledger-tables.ts';

export type LedgerTransaction = Transaction<LedgerTables>;

/** What the ledger asks of a database; one implementation a dialect. */
export interface LedgerDatabase {
  /** For reads, each by itself. */
  readonly queries: Kysely<LedgerTables>;
  /**
   * Whether a transaction must lock the rows that it bases a write on (`select … for update`). Where the whole
   * database has one writer at a time it need not, and there is no such clause.
   */
  readonly locksRows: boolean;
  /**
   * Runs `work` in a transaction: all of its writes are kept, or none when it throws. `work` awaits nothing but its
   * queries, because other writers wait for it.
   */
  readonly write: <Result>(work: (transaction: LedgerTransaction) => Promise<Result>) => Promise<Result>;
  /** Waits for the writes under way. */
  close(): Promise<void>;
}
