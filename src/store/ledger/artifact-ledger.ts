import type { ExpressionBuilder } from 'kysely';

import type { ArtifactRow, AttemptRow, CheckRow } from '../../domain/record/ledger-rows.ts';
import type { ArtifactFilter, Ledger } from '../store.ts';
import type { LedgerDatabase, LedgerTransaction } from './ledger-database.ts';
import type { LedgerTables } from './ledger-tables.ts';
import {
  toArtifactColumns,
  toArtifactRow,
  toAttemptColumns,
  toAttemptRow,
  toCheckColumns,
  toCheckRow,
} from './row-mapping.ts';
import { writeOnce } from './write-once.ts';

type ArtifactLedger = Pick<
  Ledger,
  'findArtifactByTree' | 'recordAttempt' | 'findArtifact' | 'listSecondOrder' | 'listChecks' | 'listAttempts'
>;

export function createArtifactLedger({ queries, write }: LedgerDatabase): ArtifactLedger {
  return {
    findArtifactByTree: async ({ subject, image, treeHash, notArtifactId, runId }) => {
      let twins = queries
        .selectFrom('artifacts')
        .select('artifactId')
        .where(isOfImage({ subject, image }))
        .where('treeHash', '=', treeHash)
        .where('artifactId', '!=', notArtifactId)
        .orderBy('recordedAt')
        .orderBy('artifactId');
      if (runId !== undefined) twins = twins.where('runId', '=', runId);
      return (await twins.executeTakeFirst())?.artifactId;
    },

    recordAttempt: (attempt) => write((transaction) => writeAttempt(transaction, attempt)),

    findArtifact: async (artifactId) => {
      const artifact = await selectArtifacts(queries).where('artifacts.artifactId', '=', artifactId).executeTakeFirst();
      return artifact && toArtifactRow(artifact);
    },

    listSecondOrder: async (parentArtifactId) => {
      const made = await selectArtifacts(queries)
        .where('lineage.parentArtifactId', '=', parentArtifactId)
        .orderBy('artifacts.artifactId')
        .execute();
      return made.map(toArtifactRow);
    },

    listChecks: async (artifactId) => {
      const checks = await queries
        .selectFrom('checks')
        .selectAll()
        .where('artifactId', '=', artifactId)
        .orderBy('ordinal')
        .execute();
      return checks.map(toCheckRow);
    },

    listAttempts: async (episodeId) => {
      const attempts = await queries
        .selectFrom('attempts')
        .selectAll()
        .where('episodeId', '=', episodeId)
        .orderBy('attempt')
        .orderBy('attemptId')
        .execute();
      return attempts.map(toAttemptRow);
    },
  };
}

/** An image is told by its fingerprint under whatever name, and by its name where its fingerprint is another by now. */
export function isOfImage({ subject, image }: Pick<ArtifactRow, 'subject' | 'image'>) {
  return (eb: ExpressionBuilder<LedgerTables, 'artifacts'>) =>
    eb.or([eb('subject', '=', subject), ...(image === null ? [] : [eb('image', '=', image)])]);
}

/** Artifacts of first order that a filter names. */
export function isChosen({ runId, subject, consistent }: ArtifactFilter) {
  return (eb: ExpressionBuilder<LedgerTables, 'artifacts'>) =>
    eb.and([
      eb('artifacts.order', '=', 1),
      ...(runId === undefined ? [] : [eb('artifacts.runId', '=', runId)]),
      ...(subject === undefined ? [] : [eb('artifacts.subject', '=', subject)]),
      ...(consistent === undefined ? [] : [eb('artifacts.consistent', '=', 1)]),
    ]);
}

/** Artifacts with their parents. */
export function selectArtifacts(queries: Pick<LedgerTransaction, 'selectFrom'>) {
  return queries
    .selectFrom('artifacts')
    .leftJoin('lineage', 'lineage.artifactId', 'artifacts.artifactId')
    .selectAll('artifacts')
    .select(['lineage.parentArtifactId', 'lineage.parentAttemptId']);
}

export async function writeArtifact(transaction: LedgerTransaction, artifact: ArtifactRow): Promise<void> {
  const { artifactId, parentArtifactId, parentAttemptId } = artifact;
  const columns = toArtifactColumns(artifact);
  const recordedAt = new Date().toISOString();
  await writeOnce(transaction.insertInto('artifacts').values({ ...columns, recordedAt }), {
    name: `artifact ${artifactId}`,
    said: { ...columns, parentArtifactId, parentAttemptId },
    find: () => selectArtifacts(transaction).where('artifacts.artifactId', '=', artifactId).executeTakeFirst(),
  });
  if (parentArtifactId === null) return;
  await transaction
    .insertInto('lineage')
    .values({ artifactId, parentArtifactId, parentAttemptId })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

export function writeCheck(transaction: LedgerTransaction, check: CheckRow): Promise<void> {
  const { durationMs: _durationMs, logs: _logs, ...said } = check;
  return writeOnce(transaction.insertInto('checks').values(toCheckColumns(check)), {
    name: `record of check ${check.check} on artifact ${check.artifactId}`,
    said,
    find: () =>
      transaction
        .selectFrom('checks')
        .selectAll()
        .where('artifactId', '=', check.artifactId)
        .where('check', '=', check.check)
        .executeTakeFirst(),
  });
}

function writeAttempt(transaction: LedgerTransaction, attempt: AttemptRow): Promise<void> {
  const columns = toAttemptColumns(attempt);
  const { report: _report, ...said } = columns;
  return writeOnce(transaction.insertInto('attempts').values(columns), {
    name: `attempt ${attempt.attemptId}`,
    said,
    find: () =>
      transaction.selectFrom('attempts').selectAll().where('attemptId', '=', attempt.attemptId).executeTakeFirst(),
  });
}
