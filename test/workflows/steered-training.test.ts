import { describe, expect, it } from 'vitest';

import { NOTHING_LEFT } from '../../src/domain/run/episode-end.ts';
import { countEpisode } from '../../src/workflows/count-episode.ts';
import { endEpisodes, runTraining } from '../../src/workflows/run-training.ts';
import { retryEpisode } from '../../src/workflows/steer-episode.ts';
import { newTraining } from '../../src/workflows/training-state.ts';
import { aConfiguration } from '../support/run-fixture.ts';
import { begin, createTrainingWorld, run, settlements } from './training-world.ts';

describe('an episode that is to be played again', () => {
  it('is cancelled when it is in flight, and its draw played under a new id as the sibling that it was', async () => {
    const { end, state, started, steps, untilStarted, happened } = begin(
      { window: 2, hanging: [0] },
      { injection_group_size: 2 },
    );
    await untilStarted(2);
    expect(retryEpisode(state, 'run/episode-0')).toBe(true);
    await steps.cancelEpisode('run/episode-0');
    expect(await end).toBe('completed');
    const [first, , again] = started;
    expect(again).toEqual({ ...first, episodeId: 'run/episode-0.retry-1' });
    expect(state).toMatchObject({ started: 3, finished: 3, lost: 1, consistent: 2, settled: 1, retriable: {} });
    expect(settlements(happened)).toEqual(['settle run/group-0']);
    expect(happened.indexOf('end 0.retry-1')).toBeLessThan(happened.indexOf('settle run/group-0'));
  });

  it('is not played again when it was paid meanwhile', async () => {
    const { end, state, started, untilStarted } = begin({ window: 2 }, { injection_group_size: 2 });
    await untilStarted(2);
    expect(retryEpisode(state, 'run/episode-0')).toBe(true);
    expect(await end).toBe('completed');
    expect(started).toHaveLength(2);
    expect(state).toMatchObject({ finished: 2, lost: 0, consistent: 2, settled: 1 });
  });

  it('may have been lost: its draw waits at once, and its group is settled once more', async () => {
    const { end, state, started, tell, untilStarted, happened, playing } = begin(
      { window: 1, lost: [1], hanging: [2] },
      { injection_groups: 2, injection_group_size: 2 },
    );
    await untilStarted(3);
    expect(Object.keys(state.retriable)).toEqual(['run/episode-1']);
    expect(state.settled).toBe(1);
    tell(() => {
      expect(retryEpisode(state, 'run/episode-1')).toBe(false);
    });
    expect(state.settled).toBe(0);
    tell(() => {
      countEpisode(state, { ...NOTHING_LEFT, episodeId: 'run/episode-2', outcome: 'rewarded' });
    });
    expect(await end).toBe('completed');
    expect(playing()).toEqual(['run/episode-2']);
    expect(started[3]).toEqual({ ...started[1], episodeId: 'run/episode-1.retry-1' });
    expect(settlements(happened)).toEqual(['settle run/group-0', 'settle run/group-0', 'settle run/group-1']);
    expect(state).toMatchObject({ started: 5, finished: 5, lost: 1, settled: 2, retriable: {} });
  });

  it('is kept among those that may be when it comes to nothing again, a hundred at most', async () => {
    const lost = Array.from({ length: 130 }, (_, index) => index);
    const { state } = await run({ window: 20, lost }, { injection_groups: 65, injection_group_size: 2 });
    expect(state.lost).toBe(130);
    expect(Object.keys(state.retriable)).toHaveLength(100);
  });
});

describe('a run that drains', () => {
  it('starts nothing more, waits for what is in flight, and settles the groups that were begun', async () => {
    const { end, state, steered, tell, untilStarted, happened } = begin(
      { window: 2, recycled: { 0: [0] } },
      { injection_groups: 4, injection_group_size: 3 },
    );
    await untilStarted(2);
    tell(() => (steered.drained = true));
    expect(await end).toBe('completed');
    expect(state).toMatchObject({ started: 2, finished: 2, drawn: 1, settled: 1 });
    expect(settlements(happened)).toEqual(['settle run/group-0']);
  });

  it('ends when it is paused, too', async () => {
    const { end, steered, tell, untilStarted } = begin({ window: 1 }, { injection_group_size: 3 });
    await untilStarted(1);
    tell(() => Object.assign(steered, { paused: true, drained: true }));
    expect(await end).toBe('completed');
  });
});

describe('a run that is paused', () => {
  it('starts nothing until it is resumed', async () => {
    const { end, started, steered, tell, state, untilStarted } = begin({ window: 1 }, { injection_group_size: 3 });
    await untilStarted(1);
    tell(() => (steered.paused = true));
    while (state.finished < 1) await new Promise((resolve) => setImmediate(resolve));
    for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(started).toHaveLength(1);
    tell(() => (steered.paused = false));
    expect(await end).toBe('completed');
    expect(started).toHaveLength(3);
  });

  it('ends at once with an episode in flight that meets what every episode would meet', async () => {
    const { end, steered, tell, untilStarted } = begin({ window: 2, misconfigured: [1] }, { injection_group_size: 4 });
    await untilStarted(2);
    tell(() => (steered.paused = true));
    expect(await end).toBe('misconfigured');
  });
});

describe('the end of what is in flight', () => {
  it('is asked for and waited for, of what has told and of what has not', async () => {
    const world = createTrainingWorld({
      window: 4,
      hanging: [0, 1, 2],
      silent: [1],
      unstarted: [3],
      misconfigured: [4],
    });
    const state = newTraining('run');
    const steps = world.live(state);
    const config = aConfiguration({ injection_group_size: 6 });
    const ended = runTraining(config, state, steps);
    await world.untilStarted(4);
    world.tell(() => (world.steered.window = 5));
    expect(await ended).toBe('misconfigured');
    const closing = endEpisodes(state, steps);
    world.sweepSoon();
    await closing;
    expect(world.playing()).toEqual([]);
    expect(state).toMatchObject({ started: 5, finished: 5, lost: 5, inFlight: {} });
    expect(world.started).toHaveLength(5);
  });
});
