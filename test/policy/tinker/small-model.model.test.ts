import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { Message } from '../../../src/policy/policy.ts';
import { createTinkerPolicy } from '../../../src/policy/tinker/tinker-policy.ts';
import { createChatTokens } from '../../../src/policy/token-in/chat-tokens.ts';
import { runLlama, type Llama } from '../../support/run-llama.ts';
import { SKYRL_START_MS, startSkyrl, type TestSkyrl } from '../../support/run-skyrl.ts';
import { smallModel } from '../../support/small-model.ts';
import { mean } from '../../trainer/tinker/toy-task.ts';

/** One program is compiled, which takes minutes on a machine that others use too. */
const TEST_MS = 15 * 60_000;

// One works with float32, the other with weights of 4 bits and activations of 8: 0.43 at most and 0.07 in the mean,
// measured over 24 tokens.
const MOST = 1;
const MEAN = 0.2;

let llama: Llama;
let skyrl: TestSkyrl;
beforeAll(async () => {
  llama = await runLlama();
  skyrl = await startSkyrl({ model: smallModel().huggingFace, models: 1 });
}, SKYRL_START_MS);
afterAll(async () => {
  await skyrl.stop();
  await llama.close();
});

// Both prompts are longer than 64 tokens and no longer than 96, which is one shape for the server.
const ASKED: readonly Message[] = [
  {
    role: 'system',
    content:
      'You are a programmer who repairs a parser of dates and times. You say in one short sentence what is wrong with it.',
  },
  {
    role: 'user',
    content:
      'It takes the 30th of February for a day like all others. Which function of the module is to blame for that, please?',
  },
];

/** Two turns of a rollout, each with all that was read and said before. */
async function converse() {
  const policy = createTinkerPolicy({
    ...{ baseUrl: skyrl.url, server: 'skyrl', baseModel: skyrl.baseModel },
    ...{ timeoutMs: TEST_MS, retries: 0, maxConcurrency: 1 },
    chat: createChatTokens({ tokenizer: smallModel().huggingFace }),
  });
  const reply = async (messages: readonly Message[]) => {
    const sampling = { temperature: 1, topP: 1, maxTokens: 12 };
    const request = { role: 'solver' as const, messages, sampling, seed: 5 };
    const { text, tokens } = await policy.sample(request, { signal: AbortSignal.timeout(TEST_MS) });
    if (tokens === undefined) throw new Error('a reply without tokens');
    return { text, tokens, conversation: [...tokens.prompt, ...tokens.completion] };
  };
  const { text, tokens, conversation } = await reply(ASKED);
  const second = await reply([
    ...ASKED,
    { role: 'assistant', content: text, conversation },
    { role: 'user', content: 'Sure?' },
  ]);
  return [{ tokens, conversation }, second] as const;
}

describe('a small language model on SkyRL, asked by the Tinker policy', { timeout: TEST_MS }, () => {
  it('is read as its chat template writes, and says tokens with the log-probabilities that llama.cpp gives them', async () => {
    const [one, two] = await converse();
    expect(one.tokens.prompt).toEqual(llama.tokenize(llama.render(ASKED)));
    // The model's own end of a reply is not said twice.
    const asked = '\n<|im_start|>user\nSure?<|im_end|>\n<|im_start|>assistant\n';
    const ended = llama.textOf(one.tokens.completion, { specialTokens: true }).endsWith('<|im_end|>');
    expect(two.tokens.prompt).toEqual([...one.conversation, ...llama.tokenize(`${ended ? '' : '<|im_end|>'}${asked}`)]);

    const sampled = [...one.tokens.logprobs, ...two.tokens.logprobs];
    const places = [one, two].flatMap(({ tokens: { prompt, completion } }) =>
      completion.map((_, at) => prompt.length + at),
    );
    const scored = await llama.score(two.conversation, places);
    const distances = distancesOf(scored, sampled);
    expect(Math.max(...distances)).toBeLessThan(MOST);
    expect(mean(distances)).toBeLessThan(MEAN);
    // Of the tokens beside them it would be seen.
    expect(mean(distancesOf(scored.slice(1), sampled))).toBeGreaterThan(2 * MEAN);
  });
});

function distancesOf(ones: readonly number[], others: readonly number[]): readonly number[] {
  return ones.map((one, at) => Math.abs(one - (others[at] ?? NaN)));
}
