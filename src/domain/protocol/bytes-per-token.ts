/**
 * A tokenizer's average on prose, and the most that it has on source code and logs: three to four. Only the policy's server
 * has a tokenizer.
 */
export const BYTES_PER_TOKEN = 4;
