import type { AttemptRow, EpisodeRow, RewardRow, RunRow } from '../../domain/record/ledger-rows.ts';
import type { Ledger } from '../../store/store.ts';
import { readRunConfig } from '../records/kept-run-config.ts';
import type { TemporalAccess, WaitingRollout } from '../command/temporal-access.ts';

/** A run as the ledger has it at one moment. */
export interface RunSnapshot {
  readonly runId: string;
  /** Undefined until a worker has read the run's configuration. */
  readonly run: RunRow | undefined;
  readonly attempts: number | undefined;
  readonly injectionGroups: number | undefined;
  /** In the order in which they began. */
  readonly episodes: readonly EpisodeSnapshot[];
  /** What waits for something outside, as far as anybody was asked. */
  readonly waiting: readonly WaitingRollout[];
}

export interface EpisodeSnapshot {
  readonly episode: EpisodeRow;
  readonly attempts: Readonly<Record<AttemptRow['outcome'], number>>;
  /** Turns of the injector, while it is at work. */
  readonly injectorTurns: number;
  readonly rewards: readonly RewardRow[];
}

/** Asking the server costs more than reading the ledger, and nothing waits for less than a few seconds. */
const ASK_AGAIN_MS = 3_000;

/** Reads a run again and again; what is final is read once. */
export function createRunReader(
  ledger: Ledger,
  runId: string,
  temporal?: Pick<TemporalAccess, 'listWaiting'>,
): () => Promise<RunSnapshot> {
  let waiting: readonly WaitingRollout[] = [];
  let askedAt = Number.NEGATIVE_INFINITY;
  const readWaiting = async () => {
    if (temporal === undefined || performance.now() - askedAt < ASK_AGAIN_MS) return waiting;
    waiting = await temporal.listWaiting(runId);
    askedAt = performance.now();
    return waiting;
  };
  const final = new Map<string, EpisodeSnapshot>();
  const readEpisode = async (episode: EpisodeRow): Promise<EpisodeSnapshot> => {
    const known = final.get(episode.episodeId);
    if (known !== undefined) return known;
    const snapshot = await episodeSnapshot(ledger, episode);
    if (episode.outcome !== null) final.set(episode.episodeId, snapshot);
    return snapshot;
  };
  return async () => {
    const run = await ledger.findRun(runId);
    const config = run === undefined ? undefined : readRunConfig(run.config);
    const rows = [...(await ledger.listEpisodes({ runId }))].sort(inOrder);
    const episodes: EpisodeSnapshot[] = [];
    for (const row of rows) episodes.push(await readEpisode(row));
    const { attempts, injectionGroups } = config ?? {};
    return { runId, run, attempts, injectionGroups, episodes, waiting: await readWaiting() };
  };
}

/** Siblings begin within the same millisecond; their ids count. */
function inOrder(one: EpisodeRow, other: EpisodeRow): number {
  return one.episodeId.localeCompare(other.episodeId, 'en', { numeric: true });
}

async function episodeSnapshot(ledger: Ledger, episode: EpisodeRow): Promise<EpisodeSnapshot> {
  const { episodeId } = episode;
  const rows = await ledger.listAttempts(episodeId);
  const count = (outcome: AttemptRow['outcome']) => rows.filter((row) => row.outcome === outcome).length;
  return {
    episode,
    attempts: { solved: count('solved'), unsolved: count('unsolved'), lost: count('lost') },
    injectorTurns: episode.outcome === null && episode.phase === 'inject' ? await injectorTurns(ledger, episodeId) : 0,
    rewards: episode.outcome === null ? [] : await ledger.listRewards(episodeId),
  };
}

async function injectorTurns(ledger: Ledger, episodeId: string): Promise<number> {
  const injector = (await ledger.listRollouts(episodeId)).findLast(({ role }) => role === 'injector');
  return injector === undefined ? 0 : (await ledger.readTurns(injector.rolloutId)).length;
}
