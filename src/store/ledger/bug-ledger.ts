import type { EpisodeRow } from '../../domain/record/ledger-rows.ts';
import type { Ledger } from '../store.ts';
import { selectArtifacts } from './artifact-ledger.ts';
import type { LedgerDatabase } from './ledger-database.ts';
import { toArtifactRow } from './row-mapping.ts';

export function createBugLedger({ queries }: LedgerDatabase): Pick<Ledger, 'listBugs'> {
  return {
    listBugs: async ({ runId, limit }) => {
      let accepted = selectArtifacts(queries)
        .where('artifacts.consistent', '=', 1)
        .orderBy('artifacts.recordedAt', 'desc')
        .orderBy('artifacts.artifactId', 'desc');
      if (runId !== undefined) accepted = accepted.where('artifacts.runId', '=', runId);
      if (limit !== undefined) accepted = accepted.limit(limit);
      const artifacts = (await accepted.execute()).map(toArtifactRow);
      const episodes = await findEpisodesByArtifact(queries, runId);
      return artifacts.map((artifact) => ({ artifact, episode: episodes.get(artifact.artifactId) }));
    },
  };
}

/**
 * The episode that is about an artifact: the latest that says so, or the one that made it as long as it is under way.
 * A second-order bug is made in its parent's episode, which is of another order and is not about it.
 */
async function findEpisodesByArtifact(
  queries: LedgerDatabase['queries'],
  runId: string | undefined,
): Promise<ReadonlyMap<string, EpisodeRow>> {
  let pairs = queries
    .selectFrom('artifacts')
    .innerJoin('episodes', (join) =>
      join.on((eb) =>
        eb.or([
          eb('episodes.artifactId', '=', eb.ref('artifacts.artifactId')),
          eb.and([
            eb('episodes.episodeId', '=', eb.ref('artifacts.episodeId')),
            eb('episodes.order', '=', eb.ref('artifacts.order')),
          ]),
        ]),
      ),
    )
    .where('artifacts.consistent', '=', 1)
    .select('artifacts.artifactId as bugId')
    .selectAll('episodes')
    .orderBy('episodes.startedAt')
    .orderBy('episodes.episodeId');
  if (runId !== undefined) pairs = pairs.where('artifacts.runId', '=', runId);
  return new Map((await pairs.execute()).map(({ bugId, ...episode }) => [bugId, episode]));
}
