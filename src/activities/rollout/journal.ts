import type { BlobRef } from '../../domain/record/blob-ref.ts';
import type { TurnRow } from '../../domain/record/ledger-rows.ts';
import { conversationOf, journaledTokens, type JournaledTokens } from '../../domain/record/sampled-tokens.ts';
import type { PlayedTurn } from '../../domain/record/trajectory.ts';
import type { Message, PolicyReply } from '../../policy/policy.ts';
import type { Store } from '../../store/store.ts';
import { getJson } from '../services/json-blobs.ts';

/** A reply as it is journaled, before anything acts on it. */
export interface JournaledReply {
  readonly format: 'reply-1';
  /** The messages that the rollout began with. */
  readonly prompt: BlobRef;
  readonly reply: KeptReply;
}

/** A reply whose tokens are written down as what is new after the turns before it. */
export interface KeptReply extends PolicyReply {
  readonly tokens?: JournaledTokens;
}

/** What a turn's tool call came to, as it is journaled. */
export interface JournaledObservation {
  readonly format: 'observation-1';
  /** The text of the next user message. */
  readonly text: string;
  readonly submission: BlobRef | null;
  readonly commandMs: number;
  /** Script, parser and list of the artifact are all there: discovery is over, injection begins. */
  readonly testsDiscovered: boolean;
  /** The reply ended the rollout: no tool ran. */
  readonly ended: boolean;
  /** The turn of another attempt at the same bug whose result this is: no tool ran here. */
  readonly recalled?: { readonly rolloutId: string; readonly turn: number };
}

/** One turn of the journal; without an observation its tool call has not been executed, or nobody knows. */
export interface Turn {
  readonly row: TurnRow;
  readonly prompt: BlobRef;
  readonly reply: KeptReply;
  readonly observation: JournaledObservation | undefined;
}

export async function readJournal({ blobs, ledger }: Store, rolloutId: string): Promise<readonly Turn[]> {
  const rows = await ledger.readTurns(rolloutId);
  return Promise.all(
    rows.map(async (row) => {
      const { prompt, reply } = await getJson<JournaledReply>(blobs, row.reply);
      const observation =
        row.observation === null ? undefined : await getJson<JournaledObservation>(blobs, row.observation);
      return { row, prompt, reply, observation };
    }),
  );
}

/**
 * The turns as the policy reads them.
 *
 * Servers refuse a message without text, and templates two of the user in a row, so an empty reply is sent back as words.
 * The tokens that are kept for training are those that were sampled, whatever later turns show.
 */
export function messagesOf(turns: readonly Turn[]): readonly Message[] {
  return turns.flatMap(({ reply: { text }, observation }): readonly Message[] => {
    const said: Message = { role: 'assistant', content: text.trim() === '' ? EMPTY_REPLY : text };
    return observation === undefined ? [said] : [said, { role: 'user', content: observation.text }];
  });
}

const EMPTY_REPLY = '(an empty reply)';

/** All ids that were read and said so far, where the server has named them; else none. */
export function idsAfter(turns: readonly Turn[]): readonly number[] {
  return conversationOf(tokensOf(turns));
}

/** The same for a policy that goes on with the exact tokens of the last reply, where its server has named them. */
export function conversationAfter(turns: readonly Turn[], conversation: readonly number[]): readonly Message[] {
  const messages = messagesOf(turns);
  if (turns.at(-1)?.reply.tokens === undefined) return messages;
  const last = messages.findLastIndex(({ role }) => role === 'assistant');
  return messages.map((message, index) => (index === last ? { ...message, conversation } : message));
}

/** A reply as it is written down after this conversation. */
export function keptReply(conversation: readonly number[], { tokens, ...reply }: PolicyReply): KeptReply {
  return tokens === undefined ? reply : { ...reply, tokens: journaledTokens(tokens, conversation) };
}

/** What the policy sampled, turn by turn; for a full context nothing is. */
export function playedTurns(turns: readonly Turn[]): readonly PlayedTurn[] {
  return turns
    .filter(({ reply }) => reply.finish !== 'context-exceeded')
    .map(({ row: { turn, policyVersion }, reply: { tokens, decisions, modelFiles } }) => ({
      ...{ turn, policyVersion, tokens, decisions, modelFiles },
    }));
}

function tokensOf(turns: readonly Turn[]): readonly JournaledTokens[] {
  return turns.flatMap(({ reply: { tokens } }) => (tokens === undefined ? [] : [tokens]));
}

export function lastSubmission(turns: readonly Turn[]): BlobRef | null {
  return turns.findLast(({ observation }) => observation?.submission != null)?.observation?.submission ?? null;
}
