import type { PlayedTurn } from '../record/trajectory.ts';
import { mergeTurns, type SampledTurn } from './merge-turns.ts';
import type { DecisionSequence, Sequence, TokenSequence } from './sequence.ts';

/** A rollout that has earned its advantage. */
export interface PlayedRollout extends Pick<
  TokenSequence,
  'rolloutId' | 'groupId' | 'role' | 'advantage' | 'temperature'
> {
  readonly turns: readonly PlayedTurn[];
}

/**
 * What is trained of a rollout: one sequence of decisions; or of tokens one, and one more for each fork
 * (src/domain/training/merge-turns.ts). All have the rollout's advantage. One is made at a time.
 *
 * @throws RangeError for a rollout that `trainabilityOf` says is not trainable.
 */
export function* sequencesOf({ turns, ...rollout }: PlayedRollout): Generator<Sequence> {
  if (turns.some(({ tokens }) => tokens === undefined)) {
    const { decisions, version } = decisionsOf(turns);
    if (decisions.length > 0)
      yield { kind: 'decisions', sequenceId: rollout.rolloutId, ...rollout, decisions, version };
    return;
  }
  let forks = 0;
  for (const merged of mergeTurns(turns.map(sampledTurn))) {
    const sequenceId = forks === 0 ? rollout.rolloutId : `${rollout.rolloutId}#${forks}`;
    yield { kind: 'tokens', sequenceId, ...rollout, ...merged };
    forks += 1;
  }
}

function decisionsOf(turns: readonly PlayedTurn[]): Pick<DecisionSequence, 'decisions' | 'version'> {
  const decisions = turns.flatMap((played) => {
    if (played.decisions === undefined) throw new RangeError(`turn ${played.turn} carries no decisions`);
    return played.decisions;
  });
  return { decisions, version: Math.min(...turns.map(({ policyVersion }) => policyVersion)) };
}

function sampledTurn({ turn, tokens, policyVersion }: PlayedTurn): SampledTurn {
  if (tokens === undefined) throw new RangeError(`turn ${turn} carries no token ids`);
  return { tokens, policyVersion };
}
