import { setTimeout as sleep } from 'node:timers/promises';

import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { beforeEach, describe, expect, it } from 'vitest';

import {
  PolicyRequestRejectedError,
  PolicyUnavailableError,
  RolloutFencedError,
} from '../../../src/domain/failure/errors.ts';
import { createPatientStore } from '../../../src/activities/services/patient-store.ts';
import { inActivity } from '../../../src/activities/services/progress.ts';
import { quietProgress } from '../../support/fake-services.ts';
import {
  aRolloutUnderWay,
  bash,
  crashingOnceIn,
  finished,
  letTimePass,
  submitArtifact,
  writeArtifact,
} from './slice-fixture.ts';

const wholeRollout = [bash('ls'), ...writeArtifact, submitArtifact, finished];
/** So short that every slice is over after the turn it is in. */
const SHORT = { rollout: { slice_seconds: 0.0001 } };

beforeEach(letTimePass);

describe('a slice', () => {
  it('plays the whole rollout when there is time', async () => {
    const { play, journal, asked } = await aRolloutUnderWay({ script: { injector: wholeRollout } });
    expect(await play()).toMatchObject({ status: 'ended', outcome: 'submitted', policyVersion: 0 });
    expect(asked).toHaveLength(wholeRollout.length);
    expect((await journal()).map(({ reply }) => reply.text)).toEqual(wholeRollout);
  });

  it('ends when its time is over, with the turn it is in', async () => {
    const { play, lease } = await aRolloutUnderWay({ script: { injector: wholeRollout }, config: SHORT });
    expect(await play()).toEqual({ status: 'unfinished', playedThrough: 0, next: 'discoverTests' });
    const next = await play({ lease: { ...lease, playedThrough: 0 } });
    expect(next).toEqual({ status: 'unfinished', playedThrough: 1, next: 'discoverTests' });
  });

  it('ends with the turn it is in when the worker begins to stop, and plays none when it has begun', async () => {
    const leaving = new AbortController();
    const { play, lease, asked } = await aRolloutUnderWay({
      script: {
        injector: ({ turn }) => {
          if (turn === 1) leaving.abort();
          return wholeRollout[turn];
        },
      },
    });
    const progress = { ...quietProgress(), leaving: leaving.signal };
    const end = { status: 'unfinished', playedThrough: 1, next: 'discoverTests', leaving: true };
    expect(await play({ progress })).toEqual(end);
    expect(await play({ progress, lease: { ...lease, playedThrough: 1 } })).toEqual(end);
    expect(asked).toHaveLength(2);
  });

  it('acts on a reply that is journaled, though the worker stops', async () => {
    const { services, play } = await aRolloutUnderWay({ script: { injector: wholeRollout } });
    await expect(play({ services: crashingOnceIn(services, 'recordObservation') })).rejects.toThrow('died');
    const stopping = { ...quietProgress(), leaving: AbortSignal.abort() };
    expect(await play({ progress: stopping })).toMatchObject({ status: 'unfinished', playedThrough: 0 });
  });

  it('is discoverTests until script, parser and list are there, and injectBug after', async () => {
    const [script = '', list = '', parser = '', ...diffs] = writeArtifact;
    const injector = [script, list, parser, ...diffs, submitArtifact, finished];
    const { play, lease, journal } = await aRolloutUnderWay({ script: { injector }, config: SHORT });
    const phases: string[] = [];
    let end = await play();
    while (end.status !== 'ended') {
      phases.push(end.next);
      end = await play({ lease: { ...lease, playedThrough: end.playedThrough }, activity: end.next });
    }
    expect(phases).toEqual(['discoverTests', 'discoverTests', ...injector.slice(3).map(() => 'injectBug')]);
    expect((await journal()).map(({ row }) => row.activity)).toEqual(['discoverTests', ...phases]);
  });

  it('gives the policy the transcript as it is recorded, and the seed of the rollout', async () => {
    const { play, asked, journal, setting } = await aRolloutUnderWay({ script: { injector: wholeRollout } });
    await play();
    const [first] = await journal();
    expect(asked[0]?.messages.map(({ role }) => role)).toEqual(['system', 'user']);
    expect(asked[1]?.messages.slice(2)).toEqual([
      { role: 'assistant', content: bash('ls') },
      { role: 'user', content: first?.observation?.text },
    ]);
    expect(new Set(asked.map(({ seed }) => seed))).toEqual(new Set([setting.seed]));
  });

  it('says the turn and what it waits for', async () => {
    const said: string[] = [];
    const { play } = await aRolloutUnderWay({ script: { injector: wholeRollout } });
    await play({ progress: quietProgress(said) });
    expect(said.slice(0, 4)).toEqual([
      'turn 0: waiting for scripted',
      'turn 0: bash ls',
      'turn 1: waiting for scripted',
      'turn 1: create /tmp/artifact/test_script.sh',
    ]);
  });

  it('asks for no more tokens than the context has left', async () => {
    const usage = { promptTokens: 700, completionTokens: 100, costUsd: 0 };
    const { play, asked } = await aRolloutUnderWay({
      script: { injector: ({ turn }) => ({ text: wholeRollout[turn] ?? finished, usage }) },
      config: { rollout: { context_tokens: 1000, reply_tokens: 900 } },
    });
    await play();
    const [first, second] = asked.map(({ sampling }) => sampling.maxTokens);
    expect(first).toBe(900);
    // 200 less what the result of the first call takes.
    expect(second).toBeLessThan(200);
    expect(second).toBeGreaterThan(100);
  });

  it('passes the configured sampling on', async () => {
    const config = { rollout: { temperature: 0.7, top_p: 0.95 } };
    const { play, asked } = await aRolloutUnderWay({ script: { injector: wholeRollout }, config });
    await play();
    expect(asked[0]?.sampling).toMatchObject({ temperature: 0.7, topP: 0.95 });
  });
});

describe('the journal', () => {
  it('makes a retry act on a journaled reply: nothing is paid or run twice', async () => {
    const { services, play, asked, ran, journal } = await aRolloutUnderWay({ script: { injector: wholeRollout } });
    await expect(play({ services: crashingOnceIn(services, 'recordObservation') })).rejects.toThrow('the worker died');
    expect((await journal()).map(({ observation }) => observation)).toEqual([undefined]);
    expect(await play()).toMatchObject({ status: 'ended', outcome: 'submitted' });
    expect(asked).toHaveLength(wholeRollout.length);
    expect(ran.filter(({ command }) => command.argv.includes('ls'))).toHaveLength(1);
  });

  it('counts a reply that was lost before it was journaled, and asks for it again', async () => {
    const { services, play, asked } = await aRolloutUnderWay({ script: { injector: wholeRollout } });
    await expect(play({ services: crashingOnceIn(services, 'recordReply') })).rejects.toThrow('the worker died');
    expect(await play()).toMatchObject({ status: 'ended', outcome: 'submitted' });
    expect(asked).toHaveLength(wholeRollout.length + 1);
    expect(await services.store.ledger.countLostReplies('run')).toBe(1);
  });

  it('adds nothing when a slice that has ended is asked again', async () => {
    const { play, asked } = await aRolloutUnderWay({ script: { injector: wholeRollout } });
    const end = await play();
    expect(await play()).toEqual(end);
    expect(asked).toHaveLength(wholeRollout.length);
  });

  it('refuses a reply of an incarnation that another has taken over from', async () => {
    const { services, setting, play, journal } = await aRolloutUnderWay({
      script: {
        injector: async () => {
          await services.store.ledger.claimRollout(setting.rolloutId, 'sandbox');
          return bash('ls');
        },
      },
    });
    await expect(play()).rejects.toThrow(RolloutFencedError);
    expect(await journal()).toEqual([]);
  });

  it('leaves the sandbox to an incarnation that has taken over in it, and destroys it behind one in another', async () => {
    const { services, setting, lease, play, host } = await aRolloutUnderWay({
      script: {
        injector: async () => {
          await services.store.ledger.claimRollout(setting.rolloutId, takenOver.by);
          return bash('ls');
        },
      },
    });
    const takenOver = { by: lease.sandboxId };
    await expect(play()).rejects.toThrow(RolloutFencedError);
    expect([...host.keys()]).toEqual([lease.sandboxId]);
    takenOver.by = 'another sandbox';
    await expect(play()).rejects.toThrow(RolloutFencedError);
    expect([...host.keys()]).toEqual([]);
  });

  it('destroys the sandbox of a slice that is cancelled when its rollout is over, however patient the store', async () => {
    const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
    const { services, setting, play, host } = await aRolloutUnderWay({
      script: {
        injector: async ({ signal }) => {
          const end = { outcome: 'lost', problem: 'silent', submission: null, trajectory: null } as const;
          const { rolloutId } = setting;
          await services.store.ledger.closeRollout({ rolloutId, ...end, endedAt: '2026-01-02T03:04:05.678Z' });
          environment.cancel();
          await sleep(60_000, undefined, { signal });
          return bash('ls');
        },
      },
    });
    const patient = { ...services, store: createPatientStore(services.store) };
    const activity = () =>
      inActivity(
        (progress) => play({ services: patient, progress }),
        () => false,
      );
    await expect(environment.run(activity)).rejects.toThrow();
    expect([...host.keys()]).toEqual([]);
  });

  it('refuses an observation of an incarnation that another has taken over from', async () => {
    const { services, setting, play, journal } = await aRolloutUnderWay({
      script: { injector: [bash('ls')] },
      handler: async () => {
        await services.store.ledger.claimRollout(setting.rolloutId, 'sandbox');
        return { exitCode: 0 };
      },
    });
    await expect(play()).rejects.toThrow(RolloutFencedError);
    expect((await journal()).map(({ observation }) => observation)).toEqual([undefined]);
  });
});

describe('a policy', () => {
  it('that is down makes the slice wait where it is, and the next one goes on there', async () => {
    const down = new PolicyUnavailableError('503', { retryAfterMs: 1200 });
    let up = false;
    const { play, lease, host, journal } = await aRolloutUnderWay({
      script: { injector: ({ turn }) => (turn === 1 && !up ? down : wholeRollout[turn]) },
    });
    expect(await play()).toEqual({
      status: 'waiting',
      playedThrough: 0,
      next: 'discoverTests',
      retryAfterMs: 1200,
      problem: '503',
    });
    expect([...host.keys()]).toEqual([lease.sandboxId]);
    up = true;
    expect(await play({ lease: { ...lease, playedThrough: 0 } })).toMatchObject({ outcome: 'submitted' });
    expect(await journal()).toHaveLength(wholeRollout.length);
  });

  it('that is down from the start keeps the rollout at its beginning', async () => {
    const { play } = await aRolloutUnderWay({ script: { injector: [new PolicyUnavailableError('refused')] } });
    expect(await play()).toEqual({
      status: 'waiting',
      playedThrough: -1,
      next: 'discoverTests',
      retryAfterMs: 0,
      problem: 'refused',
    });
  });

  it('that refuses the request fails the slice', async () => {
    const { play } = await aRolloutUnderWay({ script: { injector: [new PolicyRequestRejectedError('400')] } });
    await expect(play()).rejects.toThrow(PolicyRequestRejectedError);
  });

  it('is let go when the slice is cancelled in the middle of a call', async () => {
    const stop = new AbortController();
    const { play, journal } = await aRolloutUnderWay({
      script: {
        injector: async ({ signal }) => {
          stop.abort(new Error('cancelled by the user'));
          await sleep(60_000, undefined, { signal });
          return bash('ls');
        },
      },
    });
    const progress = { ...quietProgress(), signal: stop.signal };
    await expect(play({ progress })).rejects.toThrow('cancelled by the user');
    expect(await journal()).toEqual([]);
  });
});

describe('a command', () => {
  it('is stopped when the slice is cancelled, and its turn stays without an observation', async () => {
    const stop = new AbortController();
    const { play, journal, ran } = await aRolloutUnderWay({
      script: { injector: [bash('sleep 1000')] },
      handler: async (_command, { signal }) => {
        stop.abort(new Error('cancelled by the user'));
        await sleep(60_000, undefined, { signal });
        return { exitCode: 0 };
      },
    });
    const progress = { ...quietProgress(), signal: stop.signal };
    await expect(play({ progress })).rejects.toThrow('cancelled by the user');
    expect(ran).toHaveLength(1);
    expect((await journal()).map(({ observation }) => observation)).toEqual([undefined]);
  });
});
