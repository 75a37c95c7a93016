import type { BlobRef } from '../../domain/record/blob-ref.ts';
import type { RolloutOutcome } from '../../domain/record/ledger-rows.ts';
import { trainabilityOf, type TrajectoryRecord, type TrajectoryTurn } from '../../domain/record/trajectory.ts';
import type { Store } from '../../store/store.ts';
import { playedTurns, readJournal, type Turn } from './journal.ts';
import { putJson } from '../services/json-blobs.ts';

/** Writes the record of a rollout that has ended: everything by reference, each turn with its policy version. */
export async function writeTrajectory(store: Store, rolloutId: string, outcome: RolloutOutcome): Promise<BlobRef> {
  const rollout = await store.ledger.findRollout(rolloutId);
  const journal = await readJournal(store, rolloutId);
  const [first] = journal;
  const modelFiles = first?.reply.modelFiles;
  const record: TrajectoryRecord = {
    format: 'trajectory-1',
    rolloutId,
    role: rollout?.role ?? 'solver',
    outcome,
    prompt: first === undefined ? [] : [first.prompt],
    turns: journal.map(turnOf),
    ...(modelFiles === undefined ? {} : { modelFiles }),
    training: trainabilityOf(outcome, playedTurns(journal)),
  };
  return putJson(store.blobs, record);
}

/** Tokens and decisions lie in the journaled reply, so that is what their references name. */
function turnOf({ row, reply }: Turn): TrajectoryTurn {
  return {
    turn: row.turn,
    reply: row.reply,
    observation: row.observation,
    policyVersion: row.policyVersion,
    ...(reply.tokens === undefined ? {} : { tokens: row.reply }),
    ...(reply.decisions === undefined ? {} : { decisions: row.reply }),
  };
}
