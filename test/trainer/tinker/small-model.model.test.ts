import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createTinkerClient } from '../../../src/tinker/wire/tinker-client.ts';
import { runLlama, type Llama } from '../../support/run-llama.ts';
import { SKYRL_START_MS, startSkyrl, type TestSkyrl } from '../../support/run-skyrl.ts';
import { smallModel } from '../../support/small-model.ts';
import { mean, sequencesOf } from './toy-task.ts';

/** One program is compiled, which takes minutes on a machine that others use too. */
const TEST_MS = 15 * 60_000;

const END = 2;

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
const ASKED = [
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
] as const;

async function reply(prompt: readonly number[]) {
  const answered = await createTinkerClient({ baseUrl: skyrl.url, server: 'skyrl' }).sample(
    {
      ...{ model: { base: skyrl.baseModel }, prompt, samples: 1, maxTokens: 12 },
      ...{ temperature: 1, topP: 1, topK: -1, seed: 5, stop: [END] },
    },
    AbortSignal.timeout(TEST_MS),
  );
  const [sampled] = sequencesOf(answered);
  if (sampled === undefined) throw new Error('no reply');
  return sampled;
}

describe('SkyRL with a small language model', { timeout: TEST_MS }, () => {
  it('samples a conversation with the log-probabilities that llama.cpp gives the same tokens', async () => {
    const first = llama.tokenize(llama.render(ASKED));
    const one = await reply(first);
    const ended = one.tokens.at(-1) === END ? '' : '<|im_end|>';
    const asked = llama.tokenize(`${ended}\n<|im_start|>user\nSure?<|im_end|>\n<|im_start|>assistant\n`);
    const second = [...first, ...one.tokens, ...asked];
    const two = await reply(second);

    const sampled = [...one.logprobs, ...two.logprobs];
    const places = [...one.tokens.map((_, at) => first.length + at), ...two.tokens.map((_, at) => second.length + at)];
    const scored = await llama.score([...second, ...two.tokens], places);
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
