import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { describe, expect, it, onTestFinished } from 'vitest';

import { completionBody, startFakeChatServer } from '../../support/fake-chat-server.ts';

const ASK_OFTEN = fileURLToPath(new URL('processes/ask-often.ts', import.meta.url));

/** What the endpoint takes at once; each of two workers may ask for four times as much. */
const CAPACITY = 8;
const CALLS = 200;

/** A worker in a process of its own, which begins when it is told to. */
async function aWorker(baseUrl: string, seed: number) {
  const child = spawn(process.execPath, ['--import', 'tsx', ASK_OFTEN, baseUrl, String(CALLS), String(seed)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout });
  await once(lines, 'line');
  return {
    begin: async () => {
      child.stdin.write('\n');
      const [said]: unknown[] = await once(lines, 'line');
      return said;
    },
  };
}

describe('workers that share an endpoint and do not know of each other', () => {
  it('each learn from their own refusals how much it takes, and share it fairly', async () => {
    const refused: boolean[] = [];
    const answered: number[] = [];
    await using server = await startFakeChatServer(({ body }, _, inFlight) => {
      const isFull = inFlight > CAPACITY;
      refused.push(isFull);
      if (isFull) return { play: 'answer', status: 429, body: { error: { message: 'full' } } };
      answered.push(Number(body.seed));
      return { play: 'answer', body: completionBody('hello'), afterMs: 20 };
    });
    const workers = await Promise.all([0, 1].map((seed) => aWorker(server.baseUrl, seed)));
    const said = await Promise.all(workers.map(({ begin }) => begin()));
    expect(said).toEqual([`${CALLS} answered`, `${CALLS} answered`]);

    // What they have to find out first costs a burst of refusals; after that one in four calls at most.
    const later = refused.slice(refused.length / 2);
    expect(later.filter(Boolean).length / later.length).toBeLessThan(0.25);

    // When the first has all its answers, the other is not far behind.
    const ofSeed = (seed: number) => answered.flatMap((of, index) => (of === seed ? [index] : []));
    const firstDone = Math.min(...[0, 1].map((seed) => ofSeed(seed).at(-1) ?? 0));
    const other = answered[firstDone] === 0 ? 1 : 0;
    expect(ofSeed(other).filter((index) => index < firstDone).length).toBeGreaterThan(CALLS / 2);
  });
});
