import type { EpisodeRow } from '../../domain/record/ledger-rows.ts';
import { toEpisodeDocument } from '../records/episode-document.ts';
import { verdictOf } from '../records/episode-table.ts';
import { formatNumber, formatReward, formatRewards, formatSeconds } from '../text/format-values.ts';
import { PLAIN, type Colors } from '../text/output.ts';
import { oneLine } from '../text/visible-text.ts';
import type { EpisodeSnapshot, RunSnapshot } from './run-snapshot.ts';
import type { WaitingRollout } from '../command/temporal-access.ts';

/** More lines would push the counts off a small terminal. */
const SHOWN_IN_FLIGHT = 12;
const SHOWN_FINISHED = 5;

/** The block that a terminal redraws: what is in flight and how far, what came last, the counts. */
export function renderProgress(snapshot: RunSnapshot, elapsedMs: number, colors: Colors): readonly string[] {
  const inFlight = snapshot.episodes.filter(({ episode }) => episode.outcome === null);
  const finished = snapshot.episodes.filter(({ episode }) => episode.outcome !== null);
  const hidden = inFlight.length - SHOWN_IN_FLIGHT;
  return [
    ...byEnd(finished)
      .slice(-SHOWN_FINISHED)
      .map((one) => colors.dim(`  ${describeEnd(one, snapshot.runId, colors)}`)),
    ...inFlight.slice(0, SHOWN_IN_FLIGHT).map((one) => `  ${describeStanding(one, snapshot)}`),
    ...(hidden > 0 ? [`  and ${hidden} more in flight`] : []),
    ...snapshot.waiting.map((rollout) => colors.yellow(`  ${describeWait(rollout, snapshot)}`)),
    `${colors.bold(snapshot.runId)}  ${formatSeconds(elapsedMs)}  ${countsOf(snapshot)}`,
  ];
}

/** What happened between two looks at a run, a line each: what a pipe gets. */
export function progressEvents(before: RunSnapshot | undefined, after: RunSnapshot): readonly string[] {
  const known = new Map(before?.episodes.map((one) => [one.episode.episodeId, one] as const));
  const waited = new Set(before?.waiting.map(({ rolloutId }) => rolloutId));
  return [
    ...after.episodes.flatMap((one) => {
      const earlier = known.get(one.episode.episodeId);
      return [...phaseEvent(earlier?.episode, one, after), ...endEvent(earlier?.episode, one, after)];
    }),
    ...after.waiting.filter(({ rolloutId }) => !waited.has(rolloutId)).map((rollout) => describeWait(rollout, after)),
  ];
}

function describeWait({ rolloutId, detail }: WaitingRollout, { runId }: RunSnapshot): string {
  return `${withoutRun(rolloutId, runId)}: ${oneLine(detail)}`;
}

function phaseEvent(earlier: EpisodeRow | undefined, one: EpisodeSnapshot, { runId }: RunSnapshot): readonly string[] {
  const { episode } = one;
  if (episode.outcome !== null || earlier?.phase === episode.phase) return [];
  return [`${shortId(episode, runId)}: ${episode.phase} (${titleOf(episode)})`];
}

function endEvent(earlier: EpisodeRow | undefined, one: EpisodeSnapshot, { runId }: RunSnapshot): readonly string[] {
  if (one.episode.outcome === null || (earlier !== undefined && earlier.outcome !== null)) return [];
  return [describeEnd(one, runId, PLAIN)];
}

function describeStanding(one: EpisodeSnapshot, { runId, attempts: total }: RunSnapshot): string {
  const { episode, attempts, injectorTurns } = one;
  const ended = attempts.solved + attempts.unsolved + attempts.lost;
  const how: Readonly<Record<string, string>> = {
    inject: `turn ${injectorTurns}`,
    solve: `${ended} of ${total ?? '?'} attempts ended, ${attempts.solved} solved`,
  };
  const detail = how[episode.phase];
  return `${shortId(episode, runId)}  ${titleOf(episode)}: ${episode.phase}${detail === undefined ? '' : `, ${detail}`}`;
}

function describeEnd({ episode, rewards }: EpisodeSnapshot, runId: string, colors: Colors): string {
  const document = toEpisodeDocument(episode, rewards);
  const { solveRate, injectorReward, solverRewards } = document;
  const parts = [
    verdictOf(document, colors),
    ...(solveRate === null ? [] : [`solve rate ${formatNumber(solveRate)}`]),
    ...(injectorReward === null ? [] : [`injector ${formatReward(injectorReward)}`]),
    ...(solverRewards.length === 0 ? [] : [`solvers ${formatRewards(solverRewards)}`]),
  ];
  return `${shortId(episode, runId)}: ended (${titleOf(episode)}): ${parts.join(', ')}`;
}

function countsOf({ episodes, injectionGroups, run }: RunSnapshot): string {
  if (run === undefined) return 'waiting for a worker to take the run';
  const final = episodes.filter(({ episode }) => episode.outcome !== null);
  const count = (holds: (episode: EpisodeRow) => boolean) => final.filter(({ episode }) => holds(episode)).length;
  const groups = new Set(episodes.flatMap(({ episode }) => episode.groupId ?? [])).size;
  return [
    `groups ${groups} of ${injectionGroups ?? '?'}`,
    `episodes ${final.length} ended, ${episodes.length - final.length} in flight`,
    `${count(({ verdict, order }) => verdict === 'consistent' && order === 1)} bugs`,
    `${count(({ order, outcome }) => order === 2 && outcome === 'rewarded')} second order`,
    `${count(({ outcome }) => outcome === 'lost')} lost`,
  ].join(', ');
}

function titleOf({ subject, strategy, order }: EpisodeRow): string {
  return `${subject}, ${strategy}${order === 2 ? ', second order' : ''}`;
}

function shortId({ episodeId }: EpisodeRow, runId: string): string {
  return withoutRun(episodeId, runId);
}

function withoutRun(id: string, runId: string): string {
  return id.startsWith(`${runId}/`) ? id.slice(runId.length + 1) : id;
}

function byEnd(episodes: readonly EpisodeSnapshot[]): readonly EpisodeSnapshot[] {
  return [...episodes].sort((one, other) => (one.episode.endedAt ?? '').localeCompare(other.episode.endedAt ?? ''));
}
