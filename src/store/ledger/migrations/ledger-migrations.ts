import type { LedgerMigrations } from '../migrate-ledger.ts';
import { initialTables } from './0001-initial-tables.ts';
import { audits } from './0002-audits.ts';
import { artifactLibrary } from './0003-artifact-library.ts';
import { artifactImages } from './0004-artifact-images.ts';

export const LEDGER_MIGRATIONS: LedgerMigrations = {
  '0001-initial-tables': initialTables,
  '0002-audits': audits,
  '0003-artifact-library': artifactLibrary,
  '0004-artifact-images': artifactImages,
};
