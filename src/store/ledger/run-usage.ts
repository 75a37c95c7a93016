import type { TurnRow } from '../../domain/record/ledger-rows.ts';
import type { LedgerDatabase } from './ledger-database.ts';
import { createStatement } from './statement.ts';

type Used = Pick<TurnRow, 'rolloutId' | 'promptTokens' | 'completionTokens' | 'costUsd'>;

/** Counts a reply, in the transaction that journals it: what a run has used up is read off and never summed over turns. */
export function createUsageStatement({ queries }: LedgerDatabase) {
  return createStatement<Used, unknown>((given) =>
    queries
      .insertInto('runUsage')
      .columns(['runId', 'role', 'attempt', 'promptTokens', 'completionTokens', 'costUsd'])
      .expression(
        queries
          .selectFrom('rollouts')
          .innerJoin('episodes', 'episodes.episodeId', 'rollouts.episodeId')
          .select([
            'episodes.runId',
            'rollouts.role',
            'rollouts.attempt',
            given('promptTokens').as('promptTokens'),
            given('completionTokens').as('completionTokens'),
            given('costUsd').as('costUsd'),
          ])
          .where('rollouts.rolloutId', '=', given('rolloutId')),
      )
      .onConflict((conflict) =>
        conflict.columns(['runId', 'role', 'attempt']).doUpdateSet((eb) => ({
          promptTokens: eb('runUsage.promptTokens', '+', eb.ref('excluded.promptTokens')),
          completionTokens: eb('runUsage.completionTokens', '+', eb.ref('excluded.completionTokens')),
          costUsd: eb('runUsage.costUsd', '+', eb.ref('excluded.costUsd')),
        })),
      ),
  );
}

/** As many rows as a run has places: its injectors, and each of a bug's attempts. */
export async function sumUsage(
  queries: LedgerDatabase['queries'],
  runId: string,
): Promise<{ readonly tokens: number; readonly costUsd: number }> {
  const places = await queries.selectFrom('runUsage').selectAll().where('runId', '=', runId).execute();
  return {
    tokens: places.reduce((sum, { promptTokens, completionTokens }) => sum + promptTokens + completionTokens, 0),
    costUsd: places.reduce((sum, { costUsd }) => sum + costUsd, 0),
  };
}
