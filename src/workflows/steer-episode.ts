import { drawnAgain, idsInFlight, type TrainingState } from './training-state.ts';

/** A full id, or the part after the run's. */
export function fullId({ runId }: TrainingState, id: string): string {
  return id.startsWith(`${runId}/`) ? id : `${runId}/${id}`;
}

/** Why an episode cannot be skipped. */
export function skipProblem(state: TrainingState, id: unknown): string | undefined {
  return flightProblem(state, id, 'no episode in flight');
}

/** Why an episode cannot be played again. */
export function retryProblem(state: TrainingState, id: unknown): string | undefined {
  if (typeof id === 'string' && fullId(state, id) in state.retriable) return undefined;
  const lost = Object.keys(state.retriable);
  const problem = flightProblem(state, id, 'no episode in flight, nor one of the newest that were lost');
  return problem && `${problem}; lost: ${lost.join(', ') || 'none'}`;
}

function flightProblem(state: TrainingState, id: unknown, what: string): string | undefined {
  if (typeof id !== 'string') return `an episode is named by its id, a text, not by ${JSON.stringify(id)}`;
  const flight = state.inFlight[fullId(state, id)];
  if (flight?.asked !== undefined) return `${fullId(state, id)} is to be ${ASKED[flight.asked]} already`;
  if (flight !== undefined) return undefined;
  return `${fullId(state, id)} is ${what}; in flight: ${idsInFlight(state).join(', ') || 'none'}`;
}

const ASKED = { skip: 'skipped', retry: 'played again' } as const;

/** Its end counts as lost; it has to be cancelled. */
export function skipEpisode(state: TrainingState, episodeId: string): void {
  ask(state, episodeId, 'skip');
}

/** Whether it is in flight and has to be cancelled first; the draw of one that was lost waits to be played at once. */
export function retryEpisode(state: TrainingState, episodeId: string): boolean {
  const draw = state.retriable[episodeId];
  if (draw === undefined) {
    ask(state, episodeId, 'retry');
    return true;
  }
  Reflect.deleteProperty(state.retriable, episodeId);
  state.waiting.unshift(drawnAgain(draw));
  if (draw.groupId !== null) reopen(state, draw.groupId);
  return false;
}

function ask(state: TrainingState, episodeId: string, asked: 'skip' | 'retry'): void {
  const flight = state.inFlight[episodeId];
  if (flight !== undefined) state.inFlight[episodeId] = { ...flight, asked };
}

/** A group that is settled already is settled again for the sibling that comes late. */
function reopen(state: TrainingState, groupId: string): void {
  if (state.open[groupId] === undefined) state.settled -= 1;
  state.open[groupId] = (state.open[groupId] ?? 0) + 1;
}
