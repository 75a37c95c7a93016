import { BYTES_PER_TOKEN } from '../domain/protocol/bytes-per-token.ts';

/** For a policy without a tokenizer: limits and budgets count here as with a model. */
export function tokensOf(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN);
}
