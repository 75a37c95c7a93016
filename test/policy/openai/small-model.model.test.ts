import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { mergeTurns } from '../../../src/domain/training/merge-turns.ts';
import type { SampledTokens } from '../../../src/domain/record/sampled-tokens.ts';
import { createOpenAIPolicy } from '../../../src/policy/openai/openai-policy.ts';
import type { Message } from '../../../src/policy/policy.ts';
import { runLlama, type Llama } from '../../support/run-llama.ts';
import { serveLlama } from '../../support/serve-llama.ts';

// llama.cpp multiplies quantized weights differently one token at a time and all at once: 0.23 at most and 0.06 in the
// mean, measured over 72 tokens. Log-probabilities of the tokens beside them are two apart.
const MOST = 1;
const MEAN = 0.2;

let llama: Llama;
let turns: readonly SampledTokens[];

beforeAll(async () => {
  llama = await runLlama();
  await using server = await serveLlama(llama);
  turns = await converse(server.baseUrl);
});
afterAll(() => llama.close());

/** Three questions and their answers, each asked with all that was said before. */
async function converse(baseUrl: string) {
  const policy = createOpenAIPolicy({
    ...{ baseUrl, model: 'smollm2', timeoutMs: 60_000, retries: 0, maxConcurrency: 1, requestTokenIds: true },
  });
  const said: Message[] = [{ role: 'system', content: 'You answer in few words.' }];
  const sampled: SampledTokens[] = [];
  for (const content of ['Name a color.', 'Another one, with a\n\ttab?', 'Wie heißt sie auf Französisch? → 🙂']) {
    said.push({ role: 'user', content });
    const { text, tokens } = await policy.sample(
      { role: 'solver', messages: said, sampling: { temperature: 1, topP: 1, maxTokens: 24 }, seed: 7 },
      { signal: AbortSignal.timeout(60_000) },
    );
    if (tokens === undefined) throw new Error('a reply without tokens');
    said.push({ role: 'assistant', content: text });
    sampled.push(tokens);
  }
  return sampled;
}

describe('a conversation with a real model', () => {
  it('is read as the chat template of the model renders it', () => {
    const [first] = turns;
    expect(llama.textOf(first?.prompt ?? [], { specialTokens: true })).toBe(
      [
        '<|im_start|>system\nYou answer in few words.<|im_end|>\n',
        '<|im_start|>user\nName a color.<|im_end|>\n',
        '<|im_start|>assistant\n',
      ].join(''),
    );
  });

  it('is trained on with the log-probabilities that its tokens have after what came before them', async () => {
    const distances: number[] = [];
    for (const { tokenIds, lossMask, logprobs } of mergeTurns(turns.map((tokens) => ({ tokens, policyVersion: 1 })))) {
      const trained = [...lossMask.keys()].filter((index) => lossMask[index] === 1);
      const scores = await llama.score(tokenIds, trained);
      distances.push(...trained.map((index, at) => Math.abs((logprobs[index] ?? NaN) - (scores[at] ?? NaN))));
    }
    expect(distances).toHaveLength(turns.reduce((sum, { completion }) => sum + completion.length, 0));
    expect(Math.max(...distances)).toBeLessThan(MOST);
    expect(distances.reduce((sum, distance) => sum + distance, 0) / distances.length).toBeLessThan(MEAN);
  });
});
