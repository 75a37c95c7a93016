import type { LedgerMigrations } from '../migrate-ledger.ts';
import { initialTables } from './0001-initial-tables.ts';

export const LEDGER_MIGRATIONS: LedgerMigrations = {
  '0001-initial-tables': initialTables,
};
