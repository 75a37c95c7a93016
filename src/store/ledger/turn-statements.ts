import type { TurnRow } from '../../domain/record/ledger-rows.ts';
import { currentRollout, type Entry } from './fenced-write.ts';
import type { LedgerDatabase } from './ledger-database.ts';
import type { Columns, IntentRow } from './ledger-tables.ts';
import { createStatement } from './statement.ts';

/** What is known of a turn with its reply. */
const REPLY_COLUMNS = [
  'rolloutId',
  'turn',
  'epoch',
  'reply',
  'policyVersion',
  'promptTokens',
  'completionTokens',
  'costUsd',
  'repliedAt',
  'sandbox',
] as const;

type Observed = Entry & { readonly observation: string; readonly activity: string; readonly observedAt: string };

/** What each turn writes. Nothing is written for an epoch that is not the current one, nor over what is there. */
export function createTurnStatements(database: LedgerDatabase) {
  const { queries } = database;
  return {
    insertIntent: createStatement<IntentRow, unknown>((given) =>
      queries
        .insertInto('intents')
        .columns(['rolloutId', 'turn', 'epoch', 'at'])
        .expression(
          currentRollout(database, { rolloutId: given('rolloutId'), epoch: given('epoch') }).select([
            given('rolloutId').as('rolloutId'),
            given('turn').as('turn'),
            given('epoch').as('epoch'),
            given('at').as('at'),
          ]),
        )
        .onConflict((conflict) => conflict.doNothing()),
    ),

    insertReply: createStatement<Pick<Columns<TurnRow>, (typeof REPLY_COLUMNS)[number]>, Columns<TurnRow>>((given) =>
      queries
        .insertInto('turns')
        .columns(REPLY_COLUMNS)
        .expression(
          currentRollout(database, { rolloutId: given('rolloutId'), epoch: given('epoch') }).select(
            REPLY_COLUMNS.map((column) => given(column).as(column)),
          ),
        )
        .onConflict((conflict) => conflict.doNothing())
        .returningAll(),
    ),

    updateObservation: createStatement<Observed, unknown>((given) =>
      queries
        .updateTable('turns')
        .set({ observation: given('observation'), activity: given('activity'), observedAt: given('observedAt') })
        .where('rolloutId', '=', given('rolloutId'))
        .where('turn', '=', given('turn'))
        .where('observation', 'is', null)
        .where((eb) =>
          eb.exists(
            currentRollout(database, { rolloutId: given('rolloutId'), epoch: given('epoch') }).select('rollouts.epoch'),
          ),
        ),
    ),
  };
}
