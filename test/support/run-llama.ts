import { pathToFileURL } from 'node:url';

import { Template } from '@huggingface/jinja';

import type { Message } from '../../src/policy/policy.ts';
import { smallModel } from './small-model.ts';

/** The small language model in llama.cpp: on one thread, for with two on a busy machine each waits for the other. */
export interface Llama {
  /** A conversation up to where its next reply begins, by the chat template that the weights come with. */
  render(messages: readonly Message[]): string;
  /** The ids of a text, in which special tokens are spelled out. */
  tokenize(text: string): readonly number[];
  textOf(ids: readonly number[], options?: { readonly specialTokens: boolean }): string;
  sample(prompt: readonly number[], options: SampleOptions): Promise<Sampled>;
  /** Log-probabilities of the ids at these places after all ids before them, with nothing sampled (teacher forcing). */
  score(ids: readonly number[], places: readonly number[]): Promise<readonly number[]>;
  close(): Promise<void>;
}

export interface SampleOptions {
  readonly temperature: number;
  readonly maxTokens: number;
  readonly seed: number;
}

/** The token that ends a reply is the last of them. */
export interface Sampled {
  readonly ids: readonly number[];
  readonly logprobs: readonly number[];
  readonly ended: boolean;
}

/** A small part of what node-llama-cpp exports; the package lies in the cache, not in node_modules. */
interface Library {
  getLlama(options: object): Promise<{ loadModel(options: object): Promise<LoadedModel>; dispose(): Promise<void> }>;
}

interface LoadedModel {
  readonly fileInfo: { readonly metadata: { readonly tokenizer: { readonly chat_template: string } } };
  tokenize(text: string, specialTokens: boolean): readonly number[];
  detokenize(ids: readonly number[], specialTokens: boolean): string;
  isEogToken(id: number): boolean;
  createContext(options: object): Promise<{ getSequence(): ContextSequence }>;
}

interface ContextSequence {
  clearHistory(): Promise<void>;
  evaluateWithMetadata(
    ids: readonly number[],
    metadata: { readonly confidence: true },
    options: object,
  ): AsyncIterable<{ readonly token: number; readonly confidence: number }>;
  controlledEvaluate(
    input: readonly (number | readonly [number, object])[],
  ): Promise<readonly ({ readonly next: { readonly probabilities?: ReadonlyMap<number, number> } } | undefined)[]>;
}

/** Probabilities as the model gives them: no token is cut off. */
const WHOLE = { topK: 0, topP: 1, minP: 0 };

const CONTEXT_TOKENS = 2048;

/** Without the model this fails and says what to run. */
export async function runLlama(): Promise<Llama> {
  const { gguf, llama: module } = smallModel();
  const library: Library = await import(pathToFileURL(module).href);
  const llama = await library.getLlama({ build: 'never', gpu: false, maxThreads: 1, logLevel: 'error' });
  const model = await llama.loadModel({ modelPath: gguf, gpuLayers: 0 });
  const context = await model.createContext({ contextSize: CONTEXT_TOKENS, sequences: 1, threads: 1 });
  const sequence = context.getSequence();
  const template = new Template(model.fileInfo.metadata.tokenizer.chat_template);
  return {
    render: (messages) => template.render({ messages: [...messages], add_generation_prompt: true }),
    tokenize: (text) => model.tokenize(text, true),
    textOf: (ids, { specialTokens } = { specialTokens: false }) => model.detokenize(ids, specialTokens),
    sample: (prompt, options) => sampleFrom({ model, sequence }, prompt, options),
    score: (ids, places) => scoreOf(sequence, ids, places),
    close: () => llama.dispose(),
  };
}

async function sampleFrom(
  { model, sequence }: { readonly model: LoadedModel; readonly sequence: ContextSequence },
  prompt: readonly number[],
  { temperature, maxTokens, seed }: SampleOptions,
): Promise<Sampled> {
  await sequence.clearHistory();
  const ids: number[] = [];
  const logprobs: number[] = [];
  // An array that is handed over is emptied.
  const tokens = sequence.evaluateWithMetadata([...prompt], { confidence: true }, { temperature, seed, ...WHOLE });
  for await (const { token, confidence } of tokens) {
    ids.push(token);
    logprobs.push(Math.log(confidence));
    if (model.isEogToken(token)) return { ids, logprobs, ended: true };
    if (ids.length === maxTokens) break;
  }
  return { ids, logprobs, ended: false };
}

async function scoreOf(sequence: ContextSequence, ids: readonly number[], places: readonly number[]) {
  await sequence.clearHistory();
  const predicting = { generateNext: { probabilities: true, options: { temperature: 1, ...WHOLE } } };
  const before = new Set(places.map((place) => place - 1));
  const read = ids.slice(0, -1).map((id, index) => (before.has(index) ? ([id, predicting] as const) : id));
  const outputs = await sequence.controlledEvaluate(read);
  return places.map((place) => {
    const probability = outputs[place - 1]?.next.probabilities?.get(ids[place] ?? NaN);
    if (probability === undefined) throw new Error(`llama.cpp gives no probability of the id at ${place}`);
    return Math.log(probability);
  });
}
