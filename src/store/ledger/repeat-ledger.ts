import type { Ledger } from '../store.ts';
import { writeFenced } from './fenced-write.ts';
import type { LedgerDatabase } from './ledger-database.ts';
import { toReferenceTextOrNull, toRepeatRow } from './row-mapping.ts';

type RepeatLedger = Pick<Ledger, 'recordRepeat' | 'listRepeats' | 'countRepeats'>;

/** Which tool calls ran again in another sandbox. */
export function createRepeatLedger(database: LedgerDatabase): RepeatLedger {
  const { queries } = database;
  return {
    recordRepeat: (repeat) =>
      writeFenced(database, repeat, async (transaction) => {
        await transaction
          .insertInto('repeats')
          .values({ ...repeat, observation: toReferenceTextOrNull(repeat.observation) })
          .onConflict((conflict) =>
            conflict
              .columns(['rolloutId', 'turn', 'sandbox'])
              .doUpdateSet((eb) => ({
                finding: eb.ref('excluded.finding'),
                observation: eb.ref('excluded.observation'),
              }))
              .where('repeats.finding', '=', 'unfinished'),
          )
          .execute();
      }),

    listRepeats: async (rolloutId) => {
      const repeats = await queries
        .selectFrom('repeats')
        .selectAll()
        .where('rolloutId', '=', rolloutId)
        .orderBy('turn')
        .orderBy('at')
        .execute();
      return repeats.map(toRepeatRow);
    },

    countRepeats: async (runId) => {
      const counts = await queries
        .selectFrom('repeats')
        .innerJoin('rollouts', 'rollouts.rolloutId', 'repeats.rolloutId')
        .innerJoin('episodes', 'episodes.episodeId', 'rollouts.episodeId')
        .where('episodes.runId', '=', runId)
        .groupBy('finding')
        .select((eb) => ['finding', eb.fn.countAll().as('count')])
        .execute();
      const none = { same: 0, diverged: 0, unfinished: 0, 'outcome-unknown': 0 };
      return { ...none, ...Object.fromEntries(counts.map(({ finding, count }) => [finding, Number(count)])) };
    },
  };
}
