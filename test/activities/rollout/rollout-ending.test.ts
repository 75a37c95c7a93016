import { setTimeout as sleep } from 'node:timers/promises';

import { describe, expect, it } from 'vitest';

import { getJson, getText } from '../../../src/activities/services/json-blobs.ts';
import type { Submission } from '../../../src/activities/artifact/submission.ts';
import { aRolloutUnderWay, bash, create, finished, submitArtifact, writeArtifact } from './slice-fixture.ts';

const malformed = '<tool: bash>\nls';
const submitNothing = '<tool: submit>\n/tmp/nowhere\n</tool>';

/** Plays the replies to the end; a script that is too short rejects. */
async function ending(injector: readonly string[], rollout: Readonly<Record<string, unknown>> = {}) {
  const under = await aRolloutUnderWay({ script: { injector }, config: { rollout } });
  return { ...under, end: await under.play() };
}

describe('a submission (docs/specification.md#ending)', () => {
  it('may be repeated, and the last one counts', async () => {
    const rewritten = create('/tmp/artifact/test_script.sh', 'another script');
    const { end, services } = await ending([...writeArtifact, submitArtifact, rewritten, submitArtifact, finished]);
    expect(end).toMatchObject({ status: 'ended', outcome: 'submitted' });
    const reference = end.status === 'ended' ? end.submission : null;
    const { files } = await getJson<Submission>(services.store.blobs, reference ?? { sha256: '', bytes: 0 });
    const script = files['test_script.sh'] ?? { sha256: '', bytes: 0 };
    expect(await getText(services.store.blobs, script)).toBe('another script\n');
  });

  it('is read the moment it is named: what is changed after does not count', async () => {
    const rewritten = create('/tmp/artifact/test_script.sh', 'another script');
    const { end, services } = await ending([...writeArtifact, submitArtifact, rewritten, finished]);
    const reference = end.status === 'ended' ? end.submission : null;
    const { files } = await getJson<Submission>(services.store.blobs, reference ?? { sha256: '', bytes: 0 });
    const script = files['test_script.sh'] ?? { sha256: '', bytes: 0 };
    expect(await getText(services.store.blobs, script)).toBe('the test_script.sh\n');
  });

  it('stands when a later one is refused', async () => {
    const { end } = await ending([...writeArtifact, submitArtifact, submitNothing, finished]);
    expect(end).toMatchObject({ outcome: 'submitted', submission: { bytes: expect.any(Number) } });
  });
});

describe('a reply without a tool call', () => {
  it('ends the rollout after a submission', async () => {
    const { end, journal } = await ending([...writeArtifact, submitArtifact, finished]);
    expect(end).toMatchObject({ outcome: 'submitted' });
    expect((await journal()).at(-1)?.observation).toMatchObject({ ended: true });
  });

  it('is a format error before one, and costs a turn', async () => {
    const { end, journal } = await ending([finished, ...writeArtifact, submitArtifact, finished]);
    expect(end).toMatchObject({ outcome: 'submitted' });
    const [first] = await journal();
    expect(first?.observation?.text).toMatch(/^\[format error\][\s\S]*\[127 turns and \d+ tokens remain\]$/);
  });

  it('is a format error after a submission that was refused', async () => {
    const replies = [submitNothing, finished, ...writeArtifact, submitArtifact, finished];
    const { journal } = await ending(replies);
    expect(await journal()).toHaveLength(replies.length);
  });
});

describe('a near-miss of a tool call', () => {
  it.each([
    '<Tool: bash>\nls\n</Tool>',
    '{"name": "bash", "arguments": {"command": "ls"}}',
    '<tool_call>\n{"name": "submit", "arguments": {}}\n</tool_call>',
  ])('ends nothing after a submission, and is answered with the right form: %j', async (reply) => {
    const replies = [...writeArtifact, submitArtifact, reply, submitArtifact, finished];
    const { end, journal } = await ending(replies);
    expect(end).toMatchObject({ outcome: 'submitted' });
    const answered = (await journal())[6]?.observation?.text;
    expect(answered).toMatch(
      /^\[format error\]\n<output>\nthis looks like a tool call[\s\S]*\n\n<tool: (bash|submit)>\n/,
    );
    expect(answered).toContain('ends your work');
  });
});

describe('a reply that was cut off', () => {
  it('ends nothing after a submission, and says why nothing ran', async () => {
    const replies = [...writeArtifact, submitArtifact, 'I am thinking about', finished];
    const { play, journal } = await aRolloutUnderWay({
      script: {
        injector: ({ turn }) => ({ text: replies[turn] ?? finished, ...(turn === 6 ? { finish: 'length' } : {}) }),
      },
    });
    expect(await play()).toMatchObject({ outcome: 'submitted' });
    expect(await journal()).toHaveLength(replies.length);
    expect((await journal())[6]?.observation?.text).toContain('the reply was cut off');
  });

  it('runs nothing of a call that lacks its end', async () => {
    const { play, ran } = await aRolloutUnderWay({
      script: { injector: [{ text: '<tool: bash>\necho half', finish: 'length' }] },
      config: { rollout: { turns: 1 } },
    });
    await play();
    expect(ran).toEqual([]);
  });
});

describe('an empty reply', () => {
  it.each(['', ' \n'])('of %j is not sent back as an empty message', async (empty) => {
    const { play, asked, journal } = await aRolloutUnderWay({
      script: { injector: [empty, ...writeArtifact, submitArtifact, finished] },
    });
    await play();
    const sent = asked.flatMap(({ messages }) => messages);
    expect(sent.filter(({ content }) => content.trim() === '')).toEqual([]);
    expect((await journal())[0]).toMatchObject({
      reply: { text: empty },
      observation: { text: expect.stringContaining('the reply is empty') },
    });
  });
});

describe('the tokens that remain', () => {
  const tokensIn = (text = '') => Number(/ and (\d+) tokens remain\]$/.exec(text)?.[1]);
  const long = 'a line of the output\n'.repeat(200);
  /** Each reply has used `used` tokens before its result. */
  const after = async (output: string, contextTokens: number, used: number) =>
    aRolloutUnderWay({
      script: {
        injector: () => ({
          text: bash('cat log'),
          usage: { promptTokens: used - 10, completionTokens: 10, costUsd: 0 },
        }),
      },
      handler: () => ({ exitCode: 0, stdout: output }),
      config: { rollout: { context_tokens: contextTokens, turns: 2 } },
    });

  it('leave out what the result just shown takes', async () => {
    const { play, journal } = await after(long, 10_000, 1000);
    await play();
    const [turn] = await journal();
    // Four bytes a token at most, so at least a quarter of the result.
    expect(tokensIn(turn?.observation?.text)).toBeLessThanOrEqual(10_000 - 1000 - long.length / 4);
    expect(tokensIn(turn?.observation?.text)).toBeGreaterThan(10_000 - 1000 - long.length);
  });

  it('bound the next reply', async () => {
    const { play, asked, journal } = await after(long, 10_000, 1000);
    await play();
    const told = tokensIn((await journal())[0]?.observation?.text);
    expect(asked[1]?.sampling.maxTokens).toBeLessThanOrEqual(told);
  });

  it('end the rollout when the result takes the last of them', async () => {
    const { play, journal } = await after(long, 1500, 1000);
    expect(await play()).toMatchObject({ outcome: 'context-limit' });
    expect(await journal()).toHaveLength(1);
  });

  it('are counted with the tokenizer of the policy, as the prompt has shown it', async () => {
    const coarse = await after(long, 100_000, 1000);
    const fine = await after(long, 100_000, 8000);
    await coarse.play();
    await fine.play();
    const [one] = await coarse.journal();
    const [other] = await fine.journal();
    expect(99_000 - tokensIn(one?.observation?.text)).toBeLessThan(92_000 - tokensIn(other?.observation?.text));
  });
});

describe('a malformed tool call', () => {
  it('is answered with its problem, costs a turn and ends nothing, not even after a submission', async () => {
    const replies = [...writeArtifact, submitArtifact, malformed, finished];
    const { end, journal } = await ending(replies);
    expect(end).toMatchObject({ outcome: 'submitted' });
    const turn = (await journal()).at(-2);
    expect(turn?.reply.text).toBe(malformed);
    expect(turn?.observation?.text).toContain('not closed');
  });
});

describe('running out', () => {
  it('of turns is a failure, even after a submission', async () => {
    const replies = [...writeArtifact, submitArtifact, bash('ls')];
    const { end } = await ending(replies, { turns: replies.length });
    expect(end).toMatchObject({ status: 'ended', outcome: 'turn-limit', submission: null });
  });

  it('of turns is none when the last of them ends the rollout', async () => {
    const replies = [...writeArtifact, submitArtifact, finished];
    const { end } = await ending(replies, { turns: replies.length });
    expect(end).toMatchObject({ outcome: 'submitted' });
  });

  it('of context is a failure, even after a submission', async () => {
    const usage = (turn: number) => ({ promptTokens: 100 * turn, completionTokens: 100, costUsd: 0 });
    const replies = [...writeArtifact, submitArtifact, ...Array.from({ length: 20 }, () => bash('ls'))];
    const { play, journal } = await aRolloutUnderWay({
      script: { injector: ({ turn }) => ({ text: replies[turn] ?? finished, usage: usage(turn) }) },
      config: { rollout: { context_tokens: 1000 } },
    });
    expect(await play()).toMatchObject({ outcome: 'context-limit', submission: null });
    expect(await journal()).toHaveLength(10);
  });

  it('of context as the server says it is a failure, even after a submission', async () => {
    const replies = [...writeArtifact, submitArtifact];
    const { play } = await aRolloutUnderWay({
      script: {
        injector: ({ turn }) => replies[turn] ?? { text: '', finish: 'context-exceeded' },
      },
    });
    expect(await play()).toMatchObject({ outcome: 'context-limit', submission: null });
  });

  it('of command time is a failure; waiting for the policy does not count', async () => {
    const { play, journal } = await aRolloutUnderWay({
      script: {
        injector: async () => {
          await sleep(30);
          return bash('make');
        },
      },
      handler: async () => {
        await sleep(60);
        return { exitCode: 0 };
      },
      config: { rollout: { sandbox_seconds: 0.1 } },
    });
    expect(await play()).toMatchObject({ outcome: 'time-limit', submission: null });
    expect((await journal()).length).toBeLessThanOrEqual(2);
  });
});

describe('the policy version of a rollout', () => {
  it('is the oldest that took part', async () => {
    const replies = [...writeArtifact, submitArtifact, finished];
    const versions = [7, 7, 9, 8, 9, 9, 9];
    const { play } = await aRolloutUnderWay({
      script: { injector: ({ turn }) => ({ text: replies[turn] ?? finished, policyVersion: versions[turn] ?? 9 }) },
    });
    expect(await play()).toMatchObject({ outcome: 'submitted', policyVersion: 7 });
  });
});
