import { createArtifactLedger } from './ledger/artifact-ledger.ts';
import { createBugLedger } from './ledger/bug-ledger.ts';
import { createEpisodeLedger } from './ledger/episode-ledger.ts';
import { createAuditLedger } from './ledger/audit-ledger.ts';
import type { LedgerDatabase } from './ledger/ledger-database.ts';
import { createEvaluationLedger } from './ledger/evaluation-ledger.ts';
import { createFrozenLedger } from './ledger/frozen-ledger.ts';
import { createLibraryLedger } from './ledger/library-ledger.ts';
import { createRevalidationLedger } from './ledger/revalidation-ledger.ts';
import { createRepeatLedger } from './ledger/repeat-ledger.ts';
import { createRolloutLedger } from './ledger/rollout-ledger.ts';
import { createRunLedger } from './ledger/run-ledger.ts';
import { createSnapshotLedger } from './ledger/snapshot-ledger.ts';
import { createTrainingLedger } from './ledger/training-ledger.ts';
import { createTurnLedger } from './ledger/turn-ledger.ts';
import type { Ledger } from './store.ts';

/** The ledger in SQL that every dialect understands; what differs between them is behind `LedgerDatabase`. */
export function createSqlLedger(database: LedgerDatabase): Ledger {
  return {
    ...createRunLedger(database),
    ...createEpisodeLedger(database),
    ...createRolloutLedger(database),
    ...createTurnLedger(database),
    ...createSnapshotLedger(database),
    ...createRepeatLedger(database),
    ...createAuditLedger(database),
    ...createArtifactLedger(database),
    ...createBugLedger(database),
    ...createLibraryLedger(database),
    ...createFrozenLedger(database),
    ...createEvaluationLedger(database),
    ...createRevalidationLedger(database),
    ...createTrainingLedger(database),
  };
}
