import type { EpisodeRow } from '../../domain/record/ledger-rows.ts';
import type { Ledger } from '../store.ts';
import { selectArtifacts } from './artifact-ledger.ts';
import type { LedgerDatabase } from './ledger-database.ts';
import { toArtifactRow } from './row-mapping.ts';

type BugFilter = Parameters<Ledger['listBugs']>[0];

export function createBugLedger({ queries }: LedgerDatabase): Pick<Ledger, 'listBugs'> {
  return {
    listBugs: async (filter) => {
      const artifacts = await selectArtifacts(queries)
        .where('artifacts.artifactId', 'in', selectPage(queries, filter))
        .orderBy('artifacts.recordedAt', 'desc')
        .orderBy('artifacts.artifactId', 'desc')
        .execute();
      const episodes = await findEpisodesByArtifact(queries, filter);
      return artifacts.map(toArtifactRow).map((artifact) => ({ artifact, episode: episodes.get(artifact.artifactId) }));
    },
  };
}

/** The ids of accepted bugs, newest first. */
function selectPage(queries: LedgerDatabase['queries'], { runId, limit }: BugFilter) {
  const accepted = queries
    .selectFrom('artifacts')
    .select('artifactId')
    .where('consistent', '=', 1)
    .orderBy('recordedAt', 'desc')
    .orderBy('artifactId', 'desc')
    .limit(limit);
  return runId === undefined ? accepted : accepted.where('runId', '=', runId);
}

/**
 * The episode that is about an artifact: the latest that says so, or the one that made it as long as it is under way.
 * A second-order bug is made in its parent's episode, which is of another order and is not about it.
 */
async function findEpisodesByArtifact(
  queries: LedgerDatabase['queries'],
  filter: BugFilter,
): Promise<ReadonlyMap<string, EpisodeRow>> {
  const pairs = await queries
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
    .where('artifacts.artifactId', 'in', selectPage(queries, filter))
    .select('artifacts.artifactId as bugId')
    .selectAll('episodes')
    .orderBy('episodes.startedAt')
    .orderBy('episodes.episodeId')
    .execute();
  return new Map(pairs.map(({ bugId, ...episode }) => [bugId, episode]));
}
