import { renderResult } from '../../domain/protocol/observation.ts';
import { readToolCall } from '../../domain/protocol/tool-protocol.ts';
import type { RepeatRow } from '../../domain/record/ledger-rows.ts';
import { executeReply, type Execution } from './execute-reply.ts';
import type { JournaledObservation, Turn } from './journal.ts';
import type { Slice } from './slice.ts';

/**
 * Brings a sandbox to where the journal is: repeats the tool calls that it has not seen. One that has seen them gives
 * its stored results at once. The transcript keeps what was recorded the first time; where the same call comes to
 * something else now, it has diverged, and that is journaled.
 */
export async function catchUp(slice: Slice, turns: readonly Turn[]): Promise<void> {
  const { services, setting, sandbox, progress } = slice;
  for (const turn of turns) {
    const { row, reply, observation } = turn;
    if (row.turn <= setting.lease.playedThrough || observation === undefined || observation.ended) continue;
    progress.say(`turn ${row.turn}: bringing the sandbox to where the journal is`);
    const isRepeat = ranElsewhere(slice, turn);
    if (isRepeat) await recordRepeat(slice, turn, { finding: 'unfinished', observation: null });
    const execution = await executeReply(services, sandbox, setting, { turn: row.turn, ...reply }, progress);
    if (isRepeat) await recordRepeat(slice, turn, await findingOf(slice, observation, execution));
  }
}

/**
 * Journals, before it runs, that the call of a turn without an observation may run a second time: the sandbox that was
 * to run it is lost, and whether it did nobody knows. This sandbox stands where the turn began.
 */
export async function noteUnknownOutcome(slice: Slice, turn: Turn): Promise<void> {
  if (!ranElsewhere(slice, turn)) return;
  await recordRepeat(slice, turn, { finding: 'outcome-unknown', observation: null });
}

function ranElsewhere({ sandbox }: Slice, { row, reply }: Turn): boolean {
  if (row.sandbox === null || row.sandbox === sandbox.id) return false;
  return readToolCall(reply.text, reply.finish).kind === 'call';
}

type Finding = Pick<RepeatRow, 'finding' | 'observation'>;

async function findingOf(
  { services }: Slice,
  first: JournaledObservation,
  { observation }: Execution,
): Promise<Finding> {
  const again = renderResult(observation);
  if (first.text.startsWith(`${again}\n`)) return { finding: 'same', observation: null };
  return { finding: 'diverged', observation: await services.store.blobs.put(Buffer.from(again)) };
}

async function recordRepeat({ services, setting, sandbox, epoch }: Slice, turn: Turn, found: Finding): Promise<void> {
  const { rolloutId } = setting;
  const at = new Date().toISOString();
  await services.store.ledger.recordRepeat({
    ...found,
    ...{ rolloutId, turn: turn.row.turn, sandbox: sandbox.id, epoch, at },
  });
}
