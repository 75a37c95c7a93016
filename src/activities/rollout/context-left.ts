import { BYTES_PER_TOKEN } from '../../domain/protocol/bytes-per-token.ts';
import type { Message } from '../../policy/policy.ts';
import { messagesOf, type Turn } from './journal.ts';

/**
 * The tokens of the context that remain after the turns, the result of the last one included.
 *
 * What the policy has read so far its server has counted; the result after that is estimated. The agent is told this
 * figure, the next reply may be no longer, and at 0 the rollout is over.
 */
export function contextLeft(prompt: readonly Message[], turns: readonly Turn[], contextTokens: number): number {
  const last = turns.at(-1);
  if (last === undefined) return contextTokens;
  return contextLeftAfter(last.observation?.text ?? '', { prompt, turns, contextTokens });
}

/** The same, with the text of a result that is not journaled yet. */
export function contextLeftAfter(
  result: string,
  { prompt, turns, contextTokens }: { prompt: readonly Message[]; turns: readonly Turn[]; contextTokens: number },
): number {
  const row = turns.at(-1)?.row;
  if (row === undefined) return contextTokens;
  const estimated = Math.ceil(Buffer.byteLength(result) / bytesPerToken(prompt, turns.slice(0, -1), row.promptTokens));
  return Math.max(0, contextTokens - row.promptTokens - row.completionTokens - estimated);
}

// What is shown next is mostly source code and logs, so it is never taken for shorter in tokens than prose.
/** What the policy's own tokenizer made of the rollout so far. */
function bytesPerToken(prompt: readonly Message[], turns: readonly Turn[], tokens: number): number {
  const bytes = turns.reduce((sum, turn) => sum + bytesOfTurn(turn), bytesOf(prompt));
  // A server that counts nothing says 0.
  return tokens === 0 ? BYTES_PER_TOKEN : Math.min(BYTES_PER_TOKEN, Math.max(1, bytes / tokens));
}

/** A turn never changes, and after each later one it is asked about again. */
const turnBytes = new WeakMap<Turn, number>();

function bytesOfTurn(turn: Turn): number {
  const bytes = turnBytes.get(turn) ?? bytesOf(messagesOf([turn]));
  turnBytes.set(turn, bytes);
  return bytes;
}

function bytesOf(messages: readonly Message[]): number {
  return messages.reduce((sum, { content }) => sum + Buffer.byteLength(content), 0);
}
