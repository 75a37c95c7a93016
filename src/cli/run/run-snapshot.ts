import type { EpisodeRow, RewardRow, RunRow } from '../../domain/record/ledger-rows.ts';
import type { EpisodeStanding, Ledger } from '../../store/store.ts';
import { readPlayed } from '../records/played-episodes.ts';
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
  /** Attempts that have ended, while the episode is in flight. */
  readonly attempts: EpisodeStanding['attempts'];
  /** Turns of the injector, while the episode is in flight. */
  readonly injectorTurns: number;
  readonly rewards: readonly RewardRow[];
}

/** Asking the server costs more than reading the ledger, and nothing waits for less than a few seconds. */
const ASK_AGAIN_MS = 3_000;

/** Ends are told by the clocks of the workers' hosts; hosts that keep time at all are not a minute apart. */
const CLOCKS_APART_MS = 60_000;

/**
 * Reads a run again and again. The first look reads all of it, every other one what is in flight and what has just
 * ended, however long the run is. An episode that is over between two looks, by a clock further from ours than that,
 * shows in a reader's first look alone: reports are made from one of their own.
 */
export function createRunReader(
  ledger: Ledger,
  runId: string,
  temporal?: Pick<TemporalAccess, 'listWaiting'>,
): () => Promise<RunSnapshot> {
  const readEpisodes = createEpisodeReader(ledger, runId);
  const readWaiting = createWaitingReader(runId, temporal);
  // Written once, when the run begins.
  let config: ReturnType<typeof readRunConfig> | undefined;
  return async () => {
    const run = await ledger.findRun(runId);
    if (run !== undefined) config ??= readRunConfig(run.config);
    const { attempts, injectionGroups } = config ?? {};
    const episodes = await readEpisodes();
    return { runId, run, attempts, injectionGroups, episodes, waiting: await readWaiting() };
  };
}

function createWaitingReader(runId: string, temporal: Pick<TemporalAccess, 'listWaiting'> | undefined) {
  let waiting: readonly WaitingRollout[] = [];
  let askedAt = Number.NEGATIVE_INFINITY;
  return async () => {
    if (temporal === undefined || performance.now() - askedAt < ASK_AGAIN_MS) return waiting;
    waiting = await temporal.listWaiting(runId);
    askedAt = performance.now();
    return waiting;
  };
}

function createEpisodeReader(ledger: Ledger, runId: string) {
  const known = new Map<string, EpisodeSnapshot>();
  let inOrder: readonly string[] = [];
  let lookedAtMs: number | undefined;
  return async (): Promise<readonly EpisodeSnapshot[]> => {
    const nowMs = Date.now();
    let changed = await readChanged(ledger, runId, lookedAtMs);
    const listed = new Set(changed.map(({ episode }) => episode.episodeId));
    const inFlight = [...known].filter(([, { episode }]) => episode.outcome === null);
    // One that is in flight no more, and has not just ended, ended by a clock that is far from ours.
    if (inFlight.some(([id]) => !listed.has(id))) changed = await readChanged(ledger, runId, undefined);
    for (const snapshot of changed) known.set(snapshot.episode.episodeId, snapshot);
    if (inOrder.length < known.size) inOrder = [...known.keys()].sort(BY_NUMBER.compare);
    lookedAtMs = nowMs;
    return inOrder.flatMap((id) => known.get(id) ?? []);
  };
}

/** Siblings begin within the same millisecond; their ids count. */
const BY_NUMBER = new Intl.Collator('en', { numeric: true });

/** Four questions, of however many episodes. */
async function readChanged(
  ledger: Ledger,
  runId: string,
  sinceMs: number | undefined,
): Promise<readonly EpisodeSnapshot[]> {
  const inFlightSince = sinceMs === undefined ? undefined : new Date(sinceMs - CLOCKS_APART_MS).toISOString();
  const filter = { runId, ...(inFlightSince === undefined ? {} : { inFlightSince }) };
  const played = await readPlayed(ledger, filter);
  const standings = new Map((await ledger.listStandings(runId)).map((standing) => [standing.episodeId, standing]));
  return played.map(({ episode, rewards }) => ({
    episode,
    rewards,
    attempts: standings.get(episode.episodeId)?.attempts ?? { solved: 0, unsolved: 0, lost: 0 },
    injectorTurns: standings.get(episode.episodeId)?.injectorTurns ?? 0,
  }));
}
