import { PolicyUnavailableError } from '../../domain/failure/errors.ts';
import {
  conversationAfter,
  idsAfter,
  keptReply,
  lastSubmission,
  readJournal,
  type JournaledObservation,
  type JournaledReply,
  type Turn,
} from './journal.ts';
import { catchUp, noteUnknownOutcome } from './catch-up.ts';
import { contextLeft, contextLeftAfter } from './context-left.ts';
import { getJson, putJson } from '../services/json-blobs.ts';
import { executeReply, testsDiscovered } from './execute-reply.ts';
import { destroyIfLeft } from './left-sandbox.ts';
import type { Progress } from '../services/progress.ts';
import { publishedFor } from './published-weights.ts';
import { recallOrExecute } from './recalled-results.ts';
import { promptOf } from './rollout-prompt.ts';
import type { EndedRollout, SliceActivity, SliceEnd, SliceInput } from './rollout-setting.ts';
import { saveSandbox } from './save-sandbox.ts';
import type { Services } from '../services/services.ts';
import type { Slice } from './slice.ts';
import { commandMs } from './snapshot-need.ts';
import { renderObservation } from '../../domain/protocol/observation.ts';

/**
 * Plays turns until the slice's time is over or the worker stops, always finishing the turn it is in
 * (docs/specification.md#durability).
 *
 * The journal is the unit of durability: a reply is stored before anything acts on it, the result of its tool call
 * after. A slice that comes after a crash goes on at the first missing entry, so no journaled reply is paid for twice
 * and no command runs twice.
 */
export async function playSlice(
  services: Services,
  setting: SliceInput,
  activity: SliceActivity,
  progress: Progress,
): Promise<SliceEnd> {
  const { rolloutId, lease, rollout } = setting;
  const deadline = Date.now() + rollout.sliceSeconds * 1000;
  const sandbox = await services.sandboxes.attach(lease.sandboxId);
  const prompt = await promptOf(services, sandbox, setting);
  const promptRef = await putJson(services.store.blobs, prompt);
  const epoch = await services.store.ledger.claimRollout(rolloutId, sandbox.id);
  const publication = await publishedFor(services, setting);
  const stands = { prompt, promptRef, epoch, publication, unchangedAfter: undefined };
  const slice: Slice = { services, setting, activity, progress, sandbox, ...stands };
  try {
    return await playTurns(slice, deadline);
  } catch (error) {
    await destroyIfLeft(slice, error);
    throw error;
  }
}

async function playTurns(slice: Slice, deadline: number): Promise<SliceEnd> {
  const { services, setting, progress } = slice;
  const { rolloutId, lease } = setting;
  let turns = await readJournal(services.store, rolloutId);
  await catchUp(slice, turns);
  for (;;) {
    const end = endOf(slice, turns);
    if (end !== undefined) return { status: 'ended', ...end };
    const next = { playedThrough: turns.length - 1, next: activityAfter(setting, turns) };
    const open = turns.at(-1)?.observation === undefined ? turns.at(-1) : undefined;
    const isOver = Date.now() >= deadline && turns.length > lease.playedThrough + 1;
    if (open === undefined && progress.leaving?.aborted === true)
      return { status: 'unfinished', ...next, leaving: true };
    if (open === undefined && isOver) return { status: 'unfinished', ...next };
    try {
      turns = open === undefined ? [...turns, await reply(slice, turns)] : await act(slice, turns.slice(0, -1), open);
    } catch (error) {
      if (!(error instanceof PolicyUnavailableError)) throw error;
      return { status: 'waiting', ...next, retryAfterMs: error.retryAfterMs ?? 0, problem: error.message };
    }
  }
}

/** One model call: the intent is written before it, the reply before anything acts on it. */
async function reply(
  { services, setting, sandbox, prompt, promptRef, epoch, publication, progress }: Slice,
  turns: readonly Turn[],
): Promise<Turn> {
  const { rolloutId, rollout, seed, task } = setting;
  const { ledger, blobs } = services.store;
  const policy = services.policyFor(setting.policy);
  const turn = turns.length;
  progress.say(`turn ${turn}: waiting for ${policy.name}`);
  await ledger.recordIntent({ rolloutId, turn, epoch, at: new Date().toISOString() });
  const conversation = idsAfter(turns);
  const maxTokens = Math.min(rollout.replyTokens, contextLeft(prompt, turns, rollout.contextTokens));
  const sampled = await policy.sample(
    {
      role: task.role,
      messages: [...prompt, ...conversationAfter(turns, conversation)],
      sampling: { temperature: rollout.temperature, topP: rollout.topP, maxTokens },
      seed,
      publication,
    },
    { signal: progress.signal },
  );
  const journaled: JournaledReply = { format: 'reply-1', prompt: promptRef, reply: keptReply(conversation, sampled) };
  const ref = await putJson(blobs, journaled);
  const { promptTokens, completionTokens, costUsd } = sampled.usage;
  const row = await ledger.recordReply({
    rolloutId,
    turn,
    epoch,
    reply: ref,
    policyVersion: sampled.policyVersion,
    promptTokens,
    completionTokens,
    costUsd,
    repliedAt: new Date().toISOString(),
    sandbox: sandbox.id,
  });
  // Another incarnation may have journaled its reply first; the first one counts.
  const kept = row.reply.sha256 === ref.sha256 ? journaled : await getJson<JournaledReply>(blobs, row.reply);
  return { row, prompt: kept.prompt, reply: kept.reply, observation: undefined };
}

/** Acts on a journaled reply and journals what came of it; returns the turns with this one complete. */
async function act(slice: Slice, before: readonly Turn[], open: Turn): Promise<readonly Turn[]> {
  const { row, prompt, reply: sampled } = open;
  const { services, setting, activity, sandbox, epoch, progress } = slice;
  const { rolloutId, rollout } = setting;
  await noteUnknownOutcome(slice, open);
  const { execution, recalled } = await recallOrExecute(slice, { before, open }, () =>
    executeReply(services, sandbox, setting, { turn: row.turn, ...sampled }, progress),
  );
  const ended =
    sampled.finish === 'context-exceeded' || (execution.toolCall === 'none' && lastSubmission(before) !== null);
  const tokensAfter = (result: string): number =>
    contextLeftAfter(result, { ...slice, turns: [...before, open], contextTokens: rollout.contextTokens });
  const observation: JournaledObservation = {
    format: 'observation-1',
    text: ended ? '' : renderObservation(execution.observation, { turns: rollout.turns - row.turn - 1, tokensAfter }),
    submission: execution.submission ?? null,
    commandMs: execution.commandMs,
    testsDiscovered: activity === 'discoverTests' && (await testsDiscovered(sandbox)),
    ended,
    ...(recalled === undefined ? {} : { recalled }),
  };
  const ref = await putJson(services.store.blobs, observation);
  const observedAt = new Date().toISOString();
  await services.store.ledger.recordObservation({
    rolloutId,
    turn: row.turn,
    epoch,
    observation: ref,
    activity,
    observedAt,
  });
  const turn: Turn = { row: { ...row, observation: ref, activity, observedAt }, prompt, reply: sampled, observation };
  // A look at the sandbox is as good after the next one.
  return [...before, sampled.leavesNoTrace === true ? turn : await saveSandbox(slice, before, turn)];
}

/** Whether the rollout is over by what the journal says (docs/specification.md#agent). */
function endOf({ prompt, setting: { rollout } }: Slice, turns: readonly Turn[]): EndedRollout | undefined {
  const last = turns.at(-1);
  if (last?.observation === undefined) return undefined;
  const policyVersion = Math.min(...turns.map(({ row }) => row.policyVersion));
  if (last.reply.finish === 'context-exceeded') return { outcome: 'context-limit', submission: null, policyVersion };
  if (last.observation.ended) return { outcome: 'submitted', submission: lastSubmission(turns), policyVersion };
  if (commandMs(turns) >= rollout.sandboxSeconds * 1000)
    return { outcome: 'time-limit', submission: null, policyVersion };
  if (turns.length >= rollout.turns) return { outcome: 'turn-limit', submission: null, policyVersion };
  if (contextLeft(prompt, turns, rollout.contextTokens) === 0)
    return { outcome: 'context-limit', submission: null, policyVersion };
  return undefined;
}

/** A slice is `discoverTests` until a turn ends with script, parser and list all present, `injectBug` after. */
function activityAfter({ task }: SliceInput, turns: readonly Turn[]): SliceActivity {
  if (task.role === 'solver') return 'solveBug';
  return turns.some(({ observation }) => observation?.testsDiscovered === true) ? 'injectBug' : 'discoverTests';
}
