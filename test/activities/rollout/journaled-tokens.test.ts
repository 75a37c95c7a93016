import { beforeEach, describe, expect, it } from 'vitest';

import { writeTrajectory } from '../../../src/activities/rollout/write-trajectory.ts';
import { playedTurns } from '../../../src/activities/rollout/journal.ts';
import { getJson } from '../../../src/activities/services/json-blobs.ts';
import type { TrajectoryRecord } from '../../../src/domain/record/trajectory.ts';
import { mergeTurns } from '../../../src/domain/training/merge-turns.ts';
import type { PolicyRequest } from '../../../src/policy/policy.ts';
import type { ScriptedReply } from '../../../src/policy/scripted-policy.ts';
import { aRolloutUnderWay, bash, finished, letTimePass, submitArtifact, writeArtifact } from './slice-fixture.ts';

const replies = [bash('ls'), ...writeArtifact, submitArtifact, finished];

/** Each prompt begins with the conversation as the request names it, and adds one token; each reply is two. */
function namingTokens({ turn, request }: { readonly turn: number; readonly request: PolicyRequest }): ScriptedReply {
  const { conversation = [] } = request.messages.findLast(({ role }) => role === 'assistant') ?? {};
  const completion = [1000 + turn, 2000 + turn];
  const tokens = { prompt: [...conversation, turn], completion, logprobs: [-0.5, -0.25] };
  return { text: replies[turn] ?? finished, tokens };
}

beforeEach(letTimePass);

describe('the tokens of a rollout', () => {
  it('are journaled once, and each request names the whole conversation', async () => {
    const { play, journal, asked } = await aRolloutUnderWay({ script: { injector: namingTokens } });
    await play();
    const turns = await journal();
    expect(turns.map(({ reply: { tokens } }) => tokens?.prompt)).toEqual(replies.map((_, turn) => [turn]));
    expect(turns.map(({ reply: { tokens } }) => tokens?.carried)).toEqual(replies.map((_, turn) => turn * 3));
    const last = asked.at(-1)?.messages.findLast(({ role }) => role === 'assistant');
    expect(last?.conversation).toEqual(replies.slice(1).flatMap((_, turn) => [turn, 1000 + turn, 2000 + turn]));
    const [whole, ...forks] = mergeTurns(playedTurns(turns).flatMap(sampled));
    expect(forks).toEqual([]);
    expect(whole?.tokenIds).toEqual(replies.flatMap((_, turn) => [turn, 1000 + turn, 2000 + turn]));
  });

  it('are the same to a slice that comes after', async () => {
    const config = { rollout: { slice_seconds: 0.0001 } };
    const { play, lease, asked } = await aRolloutUnderWay({ script: { injector: namingTokens }, config });
    await play();
    await play({ lease: { ...lease, playedThrough: 0 } });
    expect(asked[1]?.messages.map(({ role, conversation }) => ({ role, conversation }))).toEqual([
      { role: 'system' },
      { role: 'user' },
      { role: 'assistant', conversation: [0, 1000, 2000] },
      { role: 'user' },
    ]);
  });

  it('are all that a trajectory needs, though its context was full in the end', async () => {
    const { play, services, setting } = await aRolloutUnderWay({
      script: {
        injector: (moment) => (moment.turn === 2 ? { text: '', finish: 'context-exceeded' } : namingTokens(moment)),
      },
    });
    expect(await play()).toMatchObject({ outcome: 'context-limit' });
    const ref = await writeTrajectory(services.store, setting.rolloutId, 'context-limit');
    const record = await getJson<TrajectoryRecord>(services.store.blobs, ref);
    expect(record.training).toEqual({ trainable: true });
    expect(record.turns).toHaveLength(3);
  });
});

function sampled({ tokens, policyVersion }: ReturnType<typeof playedTurns>[number]) {
  return tokens === undefined ? [] : [{ tokens, policyVersion }];
}
