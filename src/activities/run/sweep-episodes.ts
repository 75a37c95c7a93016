import pLimit from 'p-limit';

import type { EpisodeRow } from '../../domain/record/ledger-rows.ts';
import { NOTHING_LEFT, type EpisodeEnd, type RecycledBug } from '../../domain/run/episode-end.ts';
import type { Ledger } from '../../store/store.ts';
import type { Running } from '../services/progress.ts';
import type { Services } from '../services/services.ts';

/** What the Temporal server knows of workflows; `absent` is one that it has never had, or has no more. */
export interface WorkflowStandings {
  readonly standingOf: (workflowId: string) => Promise<'running' | 'closed' | 'absent'>;
}

export interface SweptEpisodes {
  /** Over, whether or not they have said so. */
  readonly ended: readonly EpisodeEnd[];
  /** Neither the server nor the ledger knows an end of them. */
  readonly absent: readonly string[];
}

export function createSweepActivities({ store: { ledger } }: Services, workflows: WorkflowStandings, running: Running) {
  return {
    /** Asks the server which episodes are over; one that its workflow left open in the ledger is settled as lost. */
    sweepEpisodes: ({ episodeIds }: { readonly episodeIds: readonly string[] }): Promise<SweptEpisodes> =>
      running(() => sweepEpisodes(ledger, workflows, episodeIds)),
  };
}

export type SweepActivities = ReturnType<typeof createSweepActivities>;

/** Questions at once: a server answers each within milliseconds, and others ask it, too. */
const AT_ONCE = 8;

async function sweepEpisodes(
  ledger: Ledger,
  { standingOf }: WorkflowStandings,
  episodeIds: readonly string[],
): Promise<SweptEpisodes> {
  const limit = pLimit(AT_ONCE);
  const ended: EpisodeEnd[] = [];
  const absent: string[] = [];
  await Promise.all(
    episodeIds.map((episodeId) =>
      limit(async () => {
        const standing = await standingOf(episodeId);
        if (standing === 'running') return;
        const end = await endInLedger(ledger, episodeId, standing === 'closed');
        if (end === undefined) absent.push(episodeId);
        else ended.push(end);
      }),
    ),
  );
  return { ended, absent };
}

/** Undefined where the ledger knows no end, and the workflow may still be played to one. */
async function endInLedger(ledger: Ledger, episodeId: string, isClosed: boolean): Promise<EpisodeEnd | undefined> {
  const episode = await ledger.findEpisode(episodeId);
  if (episode !== undefined && episode.outcome !== null) return endOfSettled(ledger, episode, episode.outcome);
  if (!isClosed) return undefined;
  // One that was ended before its first step has no row.
  if (episode !== undefined) await settleAsLost(ledger, episode);
  return { ...NOTHING_LEFT, episodeId, outcome: 'lost' };
}

function settleAsLost(ledger: Ledger, { episodeId }: EpisodeRow): Promise<void> {
  const problem = 'its workflow was ended from outside before it was settled';
  const lost = { outcome: 'lost', verdict: null, check: null, artifactId: null, solveRate: null, problem } as const;
  return ledger.settleEpisode({ episode: { episodeId, ...lost, endedAt: new Date().toISOString() }, rewards: [] });
}

async function endOfSettled(ledger: Ledger, episode: EpisodeRow, outcome: EpisodeEnd['outcome']): Promise<EpisodeEnd> {
  const { episodeId, verdict } = episode;
  const recycled = outcome === 'rewarded' ? await recycledIn(ledger, episode) : [];
  return { ...NOTHING_LEFT, episodeId, outcome, consistent: verdict === 'consistent', recycled };
}

/** Bugs of second order are recycled no further. */
async function recycledIn(
  ledger: Ledger,
  { episodeId, order, artifactId }: EpisodeRow,
): Promise<readonly RecycledBug[]> {
  if (order === 2 || artifactId === null) return [];
  const injector = (await ledger.listRewards(episodeId)).find(({ role }) => role === 'injector');
  const made = await ledger.listSecondOrder(artifactId);
  return (
    made
      // Other episodes may have played a bug of a library, too.
      .filter((bug) => bug.consistent && bug.episodeId === episodeId)
      .map((bug) => ({ artifactId: bug.artifactId, injectorRolloutId: injector?.rolloutId ?? null }))
  );
}
