/** The request does not fit into the model's context; the sizes where the message states them. */
export interface ContextOverflow {
  readonly contextTokens?: number;
  readonly promptTokens?: number;
}

// Every server words it in its own way, and most give no machine-readable code.
const OVERFLOW = [
  /context_length_exceeded|exceed_context_size_error/i, // OpenAI's code; llama.cpp's type
  /maximum context length/i, // vLLM, SGLang, OpenAI
  /longer than the (?:model's context|maximum model) length/i, // SGLang, vLLM
  /exceeds the maximum allowed length/i, // SGLang
  /exceeds the (?:available context size|context window)/i, // llama.cpp, OpenAI
];

/** Reads the server's refusal of an oversized request; undefined for a refusal of another kind. */
export function mapContextOverflow(message: string): ContextOverflow | undefined {
  if (!OVERFLOW.some((pattern) => pattern.test(message))) return undefined;
  const contextTokens = /context length (?:is|of) (\d+) tokens/i.exec(message)?.[1];
  // vLLM stops counting a prompt that cannot fit and says "at least"; that is no size.
  const promptTokens = /(?<!at least )\b(\d+) (?:in the messages|input tokens|tokens from the input messages)/i.exec(
    message,
  )?.[1];
  return {
    ...(contextTokens === undefined ? {} : { contextTokens: Number(contextTokens) }),
    ...(promptTokens === undefined ? {} : { promptTokens: Number(promptTokens) }),
  };
}
