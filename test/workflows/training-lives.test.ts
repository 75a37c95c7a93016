import { describe, expect, it } from 'vitest';

import { NOTHING_LEFT } from '../../src/domain/run/episode-end.ts';
import { countEpisode } from '../../src/workflows/count-episode.ts';
import { runTraining, type TrainingSteps } from '../../src/workflows/run-training.ts';
import { skipEpisode } from '../../src/workflows/steer-episode.ts';
import { idsInFlight, newTraining, type TrainingState } from '../../src/workflows/training-state.ts';
import { aConfiguration, aSubject } from '../support/run-fixture.ts';
import { begin, bug, createTrainingWorld, run, settlements } from './training-world.ts';

/** As the next life of the workflow reads it. */
function readState(carried: string): TrainingState {
  const state: TrainingState = JSON.parse(carried);
  return state;
}

describe('a new life', () => {
  const config = { injection_groups: 3, injection_group_size: 3 };

  it('begins while episodes are in flight, hears of their ends, and none is lost or doubled', async () => {
    const world = createTrainingWorld({ window: 3, continueAfter: 2, recycled: { 1: [0], 4: [1] } });
    let state = newTraining('run');
    let carriedInFlight = 0;
    for (let lives = 1; ; lives += 1) {
      const end = await runTraining(aConfiguration(config), state, world.live(state));
      if (end === 'completed') break;
      expect(lives).toBeLessThan(20);
      carriedInFlight += idsInFlight(state).length;
      state = readState(JSON.stringify(state));
    }
    expect(carriedInFlight).toBeGreaterThan(0);
    const ids = world.started.map(({ episodeId }) => episodeId);
    expect(ids.filter((id) => !id.includes('.'))).toEqual(
      Array.from({ length: 9 }, (_, index) => `run/episode-${index}`),
    );
    expect(ids.filter((id) => id.includes('.'))).toEqual(['run/episode-1.0', 'run/episode-4.1']);
    expect(new Set(world.started.map(({ seed }) => seed)).size).toBe(11);
    expect(settlements(world.happened)).toEqual(['settle run/group-0', 'settle run/group-1', 'settle run/group-2']);
    expect(state).toMatchObject({ drawn: 3, settled: 3, started: 11, finished: 11, secondOrder: 2, lost: 0 });
    expect(state).toMatchObject({ inFlight: {}, waiting: [], open: {} });
  });

  it('numbers episodes as they begin where the lives before it have', async () => {
    const world = createTrainingWorld({ window: 1, recycled: { 0: [0] } });
    const { areNamedAfterDraws: _named, ...state } = newTraining('run');
    await runTraining(aConfiguration({ injection_group_size: 2 }), state, world.live(state));
    expect(world.started.map(({ episodeId, parent }) => `${episodeId} ${parent?.artifactId ?? ''}`)).toEqual([
      ...['run/episode-0 ', 'run/episode-1 run/episode-0/attempt-0/bug', 'run/episode-2 '],
    ]);
  });

  it('does not wait for an episode that hangs', async () => {
    const world = createTrainingWorld({ window: 2, continueAfter: 2, hanging: [0] });
    const state = newTraining('run');
    expect(await runTraining(aConfiguration(config), state, world.live(state))).toBe('continue-as-new');
    expect(world.playing()).toContain('run/episode-0');
    expect(idsInFlight(state)).toContain('run/episode-0');
  });

  it('counts an end once, however often and whenever it is told', async () => {
    const { state } = await run({ recycled: { 0: [0] } }, { injection_group_size: 2 });
    const before = JSON.stringify(state);
    countEpisode(state, {
      ...NOTHING_LEFT,
      episodeId: 'run/episode-0',
      outcome: 'rewarded',
      recycled: [bug('run/episode-0', 0)],
    });
    countEpisode(state, { ...NOTHING_LEFT, episodeId: 'run/episode-99', outcome: 'lost' });
    expect(JSON.stringify(state)).toBe(before);
  });
});

describe('the state of a run of the largest window', () => {
  /** Of an input of so much the server warns (limit.blobSize.warn); it takes four times as much. */
  const WARNED_BYTES = 512 * 1024;

  it('is small beside what a new life may be given', () => {
    const state = newTraining('a-run-with-a-name-of-some-length-2026-01-02-17');
    const source = {
      kind: 'image',
      image: `registry.example.com/${'team/'.repeat(10)}name:${'0'.repeat(40)}`,
    } as const;
    const subject = aSubject({ name: 'organisation/repository-of-some-length', source });
    const draw = { subject, strategy: 'removal', seed: Number.MAX_SAFE_INTEGER, groupId: null } as const;
    const parent = { artifactId: `${state.runId}/episode-100000/attempt-7/bug`, injectorRolloutId: 'x'.repeat(80) };
    for (let index = 0; index < 650; index += 1) {
      const id = `${state.runId}/episode-${100_000 + index}`;
      state.inFlight[id] = { draw: { ...draw, parent } };
      if (index >= 500) countEpisode(state, { ...NOTHING_LEFT, episodeId: id, outcome: 'lost' });
    }
    expect([idsInFlight(state).length, Object.keys(state.retriable).length]).toEqual([500, 100]);
    expect(JSON.stringify(state).length).toBeLessThan(WARNED_BYTES);
  });
});

describe('a sweep', () => {
  it('ends episodes that are over and have not told, with what is known of them', async () => {
    const { end, state, sweepSoon, untilStarted, playing } = begin(
      { window: 2, silent: [0, 1], recycled: { 0: [0] } },
      { injection_group_size: 2 },
    );
    await untilStarted(2);
    while (playing().length > 0) await new Promise((resolve) => setImmediate(resolve));
    sweepSoon();
    expect(await end).toBe('completed');
    expect(state).toMatchObject({ started: 3, finished: 3, consistent: 2, secondOrder: 1, settled: 1 });
  });

  it('starts again what was never started, under its id', async () => {
    const { end, started, state, sweepSoon, untilStarted } = begin(
      { window: 2, unstarted: [1] },
      { injection_group_size: 2 },
    );
    await untilStarted(2);
    sweepSoon();
    expect(await end).toBe('completed');
    expect(started.map(({ episodeId }) => episodeId)).toEqual(['run/episode-0', 'run/episode-1', 'run/episode-1']);
    expect(started[2]).toEqual(started[1]);
    expect(state).toMatchObject({ started: 2, finished: 2, lost: 0 });
  });

  it('counts what was never started and is to be skipped', async () => {
    const { end, state, sweepSoon, untilStarted, started } = begin({ unstarted: [0] }, { injection_group_size: 2 });
    await untilStarted(2);
    skipEpisode(state, 'run/episode-0');
    sweepSoon();
    expect(await end).toBe('completed');
    expect(started).toHaveLength(2);
    expect(state).toMatchObject({ finished: 2, lost: 1 });
  });
});

describe('the state of a run of 50,000 groups', () => {
  /** What Temporal takes as one input is 2 MiB; a run warns itself long before. */
  const CARRIED_BYTES = 64 * 1024;
  const GROUPS = 50_000;

  it('rides through every new life, names the groups that are open and no others', async () => {
    const config = aConfiguration({ injection_groups: GROUPS, injection_group_size: 2, episode_window: 8 });
    let state = newTraining('run');
    const settled: string[] = [];
    let largest = 0;
    for (let lives = 1; ; lives += 1) {
      const end = await runTraining(config, state, stepsOfLife(state, settled));
      const carried = JSON.stringify(state);
      largest = Math.max(largest, carried.length);
      expect(Object.values(state.open).every((left) => left > 0)).toBe(true);
      if (end === 'completed') break;
      expect(lives).toBeLessThan(GROUPS);
      state = readState(carried);
    }
    expect(settled).toHaveLength(GROUPS);
    expect(new Set(settled).size).toBe(GROUPS);
    expect(state).toMatchObject({ drawn: GROUPS, settled: GROUPS, started: 2 * GROUPS, open: {} });
    expect(largest).toBeLessThan(CARRIED_BYTES);
  });

  /** Each episode ends when the window is full. */
  function stepsOfLife(state: TrainingState, settled: string[]): TrainingSteps {
    let started = 0;
    let told = 0;
    return {
      ...createTrainingWorld().steps,
      drawInjectionGroup: (index) =>
        Promise.resolve({ groupId: `run/group-${index}`, index, subject: aSubject(), strategy: 'removal' }),
      settleInjectionGroup: (groupId) => Promise.resolve(void settled.push(groupId)),
      startEpisode: () => Promise.resolve(void (started += 1)),
      steered: () => ({ window: 8, paused: false, drained: false }),
      told: () => told,
      toldMoreThan: () => {
        told += 1;
        const [episodeId = ''] = idsInFlight(state);
        countEpisode(state, { ...NOTHING_LEFT, episodeId, outcome: 'rewarded', consistent: true });
        return Promise.resolve();
      },
      // An odd number, so that lives end in the middle of groups.
      shouldContinueAsNew: () => started >= 2501,
    };
  }
});
