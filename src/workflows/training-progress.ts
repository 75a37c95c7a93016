import type { TrainingProgress } from './messages.ts';
import type { Steered } from './run-training.ts';
import { idsInFlight, type TrainingState } from './training-state.ts';

/** One life of a run's workflow; what it is told changes it at once. */
export interface TrainingRun extends Steered {
  readonly state: TrainingState;
  paused: boolean;
  drained: boolean;
  window: number;
  groups: number;
  /** What of its budget is used up. */
  spent: string | null;
  /** It starts no further episodes, whatever it is asked. */
  ending: boolean;
  sweepDue: boolean;
  /** Grows with whatever it is told. */
  told: number;
}

export function progressOf({ state, groups, window, paused, drained, spent }: TrainingRun): TrainingProgress {
  const { runId, drawn, settled, started, finished, consistent, secondOrder, lost, waiting, retriable, learning } =
    state;
  return {
    runId,
    paused,
    draining: drained ? 'it was asked to drain' : spent,
    window,
    injectionGroups: { drawn, settled, total: groups },
    episodes: { started, finished, consistent, secondOrder, lost },
    training:
      learning === undefined
        ? null
        : { steps: learning.steps, policyVersion: learning.policyVersion, ready: learning.ready.length },
    inFlight: idsInFlight(state),
    waiting: waiting.length,
    retriable: Object.keys(retriable),
  };
}

/** The story so far, for the Temporal UI and CLI. */
export function describeProgress(run: TrainingRun): string {
  const { injectionGroups, episodes, inFlight, paused, draining, training } = progressOf(run);
  return [
    `${paused ? '**paused** · ' : ''}${draining === null ? '' : `**draining**: ${draining} · `}injection groups: ${injectionGroups.settled} of ${injectionGroups.total} settled`,
    `episodes: ${episodes.finished} finished, ${episodes.consistent} consistent, ${episodes.secondOrder} second order, ${episodes.lost} lost`,
    ...(training === null
      ? []
      : [
          `steps of training: ${training.steps}, policy version ${training.policyVersion}, ${training.ready} groups wait`,
        ]),
    `in flight: ${inFlight.join(', ') || 'none'}`,
  ].join('\n\n');
}
