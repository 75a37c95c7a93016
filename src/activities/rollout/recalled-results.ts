import { createHash } from 'node:crypto';

import { orAborted } from '../../domain/failure/or-aborted.ts';
import { readToolCall } from '../../domain/protocol/tool-protocol.ts';
import type { Store } from '../../store/store.ts';
import type { Execution } from './execute-reply.ts';
import type { Turn } from './journal.ts';
import type { Slice } from './slice.ts';

/** Whose call it was that a result is taken from. */
export interface Recalled {
  readonly rolloutId: string;
  readonly turn: number;
}

interface Known extends Recalled {
  readonly result: Promise<Execution>;
}

/** A dozen for each attempt, those of some dozens of bugs; each is some KB of text. */
const REMEMBERED = 2_000;
const remembered = new WeakMap<Store, Map<string, Known>>();

/**
 * What came of a solver's tool call: taken from an attempt at the same bug that has made the same call in the same state,
 * or executed now. Who asks while it is under way waits for it.
 *
 * Only calls of which the policy says that they leave no trace are recalled, so a sandbox never lacks anything that its
 * journal says was done in it, and order does not matter. The key is content: source, bug, limits, the calls so
 * far that left a trace, and this one. Grading never asks here (docs/specification.md#solved).
 */
export async function recallOrExecute(
  slice: Slice,
  { before, open }: { readonly before: readonly Turn[]; readonly open: Turn },
  execute: () => Promise<Execution>,
): Promise<{ readonly execution: Execution; readonly recalled?: Recalled }> {
  const { services, setting, progress } = slice;
  const key = await keyOf(slice, before, open);
  if (key === undefined) return { execution: await execute() };
  const known = knownOf(services.store);
  for (let other = known.get(key); other !== undefined; other = known.get(key)) {
    const { rolloutId, turn } = other;
    progress.say(`turn ${open.row.turn}: taking what came of turn ${turn} of ${rolloutId}`);
    // A sandbox that was lost is the other's affair: the call is then made here.
    const execution = await orAborted(
      other.result.catch(() => undefined),
      progress.signal,
    );
    if (execution !== undefined) return { execution, recalled: { rolloutId, turn } };
    if (known.get(key) === other) known.delete(key);
  }
  const own = { rolloutId: setting.rolloutId, turn: open.row.turn, result: execute() };
  known.set(key, own);
  for (const [oldest] of known) if (known.size > REMEMBERED) known.delete(oldest);
  const execution = await own.result;
  // What ran into a limit may have been kept from the machine.
  if (hasTimedOut(execution) && known.get(key) === own) known.delete(key);
  return { execution };
}

function hasTimedOut({ observation }: Execution): boolean {
  return observation.tool === 'bash' && observation.ending === 'timed-out';
}

/** Undefined of a call that is not to be recalled. */
async function keyOf({ services, setting }: Slice, before: readonly Turn[], open: Turn): Promise<string | undefined> {
  const { task, subject, policy, rollout, sandbox } = setting;
  if (task.role !== 'solver' || policy.kind !== 'embedded' || open.reply.leavesNoTrace !== true) return undefined;
  const bug = await services.store.ledger.findArtifact(task.artifactId);
  if (bug === undefined) return undefined;
  const { fingerprint } = await services.sandboxes.identify(subject.source);
  const traces = before.filter(({ reply }) => reply.leavesNoTrace !== true);
  const { commandSeconds, outputTokens } = rollout;
  const content = [
    ...[fingerprint, subject.repoRoot, subject.agentUser, sandbox, commandSeconds, outputTokens],
    ...[bug.content.sha256, traces.map(callOf), callOf(open)],
  ];
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}

function callOf({ reply: { text, finish } }: Turn): unknown {
  const reading = readToolCall(text, finish);
  return reading.kind === 'call' ? reading.call : null;
}

function knownOf(store: Store): Map<string, Known> {
  const known = remembered.get(store) ?? new Map<string, Known>();
  remembered.set(store, known);
  return known;
}
