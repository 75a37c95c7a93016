import { seededInteger } from '../domain/draw/seeded-draw.ts';
import type { EpisodeEnd, RecycledBug } from '../domain/run/episode-end.ts';
import { drawnAgain, type Draw, type TrainingState } from './training-state.ts';
import { secondOrderEpisodeId } from './workflow-ids.ts';

/** A hundred draws are some thirty kilobytes of the two megabytes that a new life may be given. */
const RETRIABLE = 100;

/** Counts an episode that is over: once, however often its end is told. */
export function countEpisode(state: TrainingState, end: EpisodeEnd): void {
  const { episodeId, outcome, consistent, misconfiguration } = end;
  const flight = state.inFlight[episodeId];
  if (flight === undefined) return;
  Reflect.deleteProperty(state.inFlight, episodeId);
  const { draw, asked } = flight;
  state.finished += 1;
  if (draw.parent !== null) state.secondOrder += 1;
  else if (consistent) state.consistent += 1;
  state.misconfiguration ??= misconfiguration;
  state.waiting.push(...recycledDraws(draw, end));
  if (outcome === 'rewarded') {
    if (consistent || draw.parent !== null) state.learning?.settled.push({ groupId: episodeId, role: 'solver' });
    closeSibling(state, draw);
    return;
  }
  state.lost += 1;
  if (asked === 'retry') {
    // Its place in its group stays open for the episode that plays its draw again.
    state.waiting.unshift(drawnAgain(draw));
    return;
  }
  keepRetriable(state, episodeId, draw);
  closeSibling(state, draw);
}

/** Their seeds come from the draw that they are made of, not from when they are played or in which order they are told. */
function recycledDraws({ subject, strategy, seed, episodeId }: Draw, { recycled }: EpisodeEnd): readonly Draw[] {
  return recycled.toSorted(byArtifactId).map((parent, index) => ({
    ...{ subject, strategy, parent, groupId: null },
    seed: seededInteger(seed, 'recycled', index),
    ...(episodeId === undefined ? {} : { episodeId: secondOrderEpisodeId(parent.artifactId) }),
  }));
}

function byArtifactId({ artifactId: one }: RecycledBug, { artifactId: other }: RecycledBug): number {
  return one < other ? -1 : 1;
}

/** The injectors' advantages of a group are settled when its last sibling is final. */
function closeSibling({ open }: TrainingState, { groupId }: Draw): void {
  if (groupId !== null) open[groupId] = (open[groupId] ?? 1) - 1;
}

function keepRetriable({ retriable }: TrainingState, episodeId: string, draw: Draw): void {
  retriable[episodeId] = draw;
  const [oldest, ...others] = Object.keys(retriable);
  if (oldest !== undefined && others.length >= RETRIABLE) Reflect.deleteProperty(retriable, oldest);
}
