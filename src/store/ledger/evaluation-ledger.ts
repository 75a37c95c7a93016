import type { Ledger } from '../store.ts';
import type { LedgerDatabase } from './ledger-database.ts';
import { missingRow } from './write-once.ts';

type EvaluationLedger = Pick<Ledger, 'openEvaluation' | 'closeEvaluation' | 'listEvaluations'>;

/** What came of policies on frozen libraries. */
export function createEvaluationLedger({ queries, write }: LedgerDatabase): EvaluationLedger {
  return {
    openEvaluation: (evaluation) =>
      write(async (transaction) => {
        const open = { solved: null, unsolved: null, lost: null, endedAt: null };
        await transaction
          .insertInto('evaluations')
          .values({ ...evaluation, ...open })
          .onConflict((conflict) => conflict.doNothing())
          .execute();
      }),

    closeEvaluation: ({ evaluationId, ...end }) =>
      write(async (transaction) => {
        const { numUpdatedRows } = await transaction
          .updateTable('evaluations')
          .set(end)
          .where('evaluationId', '=', evaluationId)
          .executeTakeFirstOrThrow();
        if (!numUpdatedRows) throw missingRow(`evaluation ${evaluationId}`);
      }),

    listEvaluations: ({ trainingRun }) => {
      const all = queries.selectFrom('evaluations').selectAll().orderBy('startedAt').orderBy('evaluationId');
      return (trainingRun === undefined ? all : all.where('trainingRun', '=', trainingRun)).execute();
    },
  };
}
