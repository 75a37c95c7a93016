import { describe, expect, it } from 'vitest';

import { NOTHING_LEFT } from '../../src/domain/run/episode-end.ts';
import { countEpisode } from '../../src/workflows/count-episode.ts';
import { runTraining } from '../../src/workflows/run-training.ts';
import { idsInFlight, newTraining } from '../../src/workflows/training-state.ts';
import { aConfiguration, aSubject } from '../support/run-fixture.ts';
import { begin, bug, createTrainingWorld, run, settlements } from './training-world.ts';

/** As ids are listed. */
const BY_NUMBER = new Intl.Collator('en', { numeric: true });

describe('injection groups', () => {
  it('are drawn one after the other, each with its siblings', async () => {
    const { end, started, happened, state } = await run({}, { injection_groups: 2, injection_group_size: 3 });
    expect(end).toBe('completed');
    expect(happened.filter((step) => step.startsWith('draw'))).toEqual(['draw 0', 'draw 1']);
    expect(started.map(({ groupId }) => groupId)).toEqual([
      ...['run/group-0', 'run/group-0', 'run/group-0'],
      ...['run/group-1', 'run/group-1', 'run/group-1'],
    ]);
    expect(state).toMatchObject({ drawn: 2, settled: 2, started: 6, finished: 6, consistent: 6, lost: 0 });
  });

  it('play siblings on one draw with seeds of their own', async () => {
    const { started } = await run({}, { injection_group_size: 4 });
    expect(new Set(started.map(({ strategy, subject }) => JSON.stringify([strategy, subject]))).size).toBe(1);
    expect(new Set(started.map(({ seed }) => seed)).size).toBe(4);
    expect(started.map(({ episodeId }) => episodeId)).toEqual([0, 1, 2, 3].map((index) => `run/episode-${index}`));
  });

  it('and recycled bugs play the same draws under the same ids, whatever the order in which episodes begin', async () => {
    const recycled = { 0: [2, 10], 3: [1] };
    const played = async (window: number) =>
      (await run({ recycled, window }, { injection_groups: 2, injection_group_size: 2 })).started;
    const [alone, beside] = [await played(1), await played(4)];
    expect(beside).not.toEqual(alone);
    expect(new Set(beside)).toEqual(new Set(alone));
    expect(alone.map(({ episodeId }) => episodeId).sort(BY_NUMBER.compare)).toEqual([
      ...['run/episode-0', 'run/episode-0.2', 'run/episode-0.10', 'run/episode-1'],
      ...['run/episode-2', 'run/episode-3', 'run/episode-3.1'],
    ]);
    expect(new Set(alone.map(({ seed }) => seed)).size).toBe(7);
  });

  it('play what is recycled with the same seeds, in whichever order it is told', () => {
    const playedAfter = (...attempts: readonly number[]) => {
      const state = newTraining('run');
      const drawn = { subject: aSubject(), strategy: 'removal', groupId: 'run/group-0', parent: null } as const;
      state.inFlight['run/episode-0'] = { draw: { ...drawn, seed: 1, episodeId: 'run/episode-0' } };
      const told = { ...NOTHING_LEFT, episodeId: 'run/episode-0', outcome: 'rewarded' } as const;
      countEpisode(state, { ...told, recycled: attempts.map((attempt) => bug('run/episode-0', attempt)) });
      return state.waiting;
    };
    expect(playedAfter(3, 1)).toEqual(playedAfter(1, 3));
  });

  it('are settled once each, after their last sibling', async () => {
    const { happened } = await run({ window: 4 }, { injection_groups: 3, injection_group_size: 2 });
    expect(settlements(happened)).toEqual(['settle run/group-0', 'settle run/group-1', 'settle run/group-2']);
    for (const group of [0, 1, 2]) {
      const settled = happened.indexOf(`settle run/group-${group}`);
      expect(happened.indexOf(`end ${2 * group}`)).toBeLessThan(settled);
      expect(happened.indexOf(`end ${2 * group + 1}`)).toBeLessThan(settled);
    }
  });

  it('are settled when a sibling comes to nothing', async () => {
    const { happened, state } = await run({ lost: [1] }, { injection_group_size: 3 });
    expect(settlements(happened)).toEqual(['settle run/group-0']);
    expect(state).toMatchObject({ finished: 3, lost: 1, consistent: 2 });
  });

  it('stay among those to settle when their settlement fails', async () => {
    const { end, state } = begin({ unsettled: ['run/group-0'] }, { injection_groups: 3, injection_group_size: 2 });
    await expect(end).rejects.toThrow('no settling of run/group-0');
    expect(Object.keys(state.open)).toContain('run/group-0');
    expect(state.settled).toBe(0);
  });
});

describe('the window', () => {
  it.each([1, 2, 5])('of %i is filled and never exceeded', async (window) => {
    const { peak } = await run({ window }, { injection_groups: 3, injection_group_size: 4 });
    expect(peak()).toBe(window);
  });

  it('is filled at once when it grows', async () => {
    const { end, steered, tell, untilStarted, playing } = begin(
      { window: 1, hanging: [0] },
      { injection_group_size: 3 },
    );
    await untilStarted(1);
    tell(() => (steered.window = 3));
    await untilStarted(3);
    expect(playing()).toContain('run/episode-0');
    tell(() => (steered.drained = true));
    void end;
  });
});

describe('second-order bugs', () => {
  it('are played before anything else, as episodes of their own', async () => {
    const { started, state, happened } = await run(
      { window: 1, recycled: { 0: [0, 3] } },
      { injection_groups: 2, injection_group_size: 2 },
    );
    expect(started.map(({ episodeId }) => episodeId)).toEqual([
      ...['run/episode-0', 'run/episode-0.0', 'run/episode-0.3', 'run/episode-1'],
      ...['run/episode-2', 'run/episode-3'],
    ]);
    expect(started[1]).toMatchObject({ parent: bug('run/episode-0', 0), groupId: null });
    expect(state).toMatchObject({ secondOrder: 2, consistent: 4, finished: 6, waiting: [] });
    expect(settlements(happened)).toEqual(['settle run/group-0', 'settle run/group-1']);
  });

  it('of the last episode are played before the run ends', async () => {
    const { end, started } = await run({ recycled: { 0: [7] } }, { injection_group_size: 1 });
    expect(end).toBe('completed');
    expect(started.map(({ parent }) => parent)).toEqual([null, bug('run/episode-0', 7)]);
  });
});

describe('a run', () => {
  it('goes on without an episode that came to nothing', async () => {
    const { end, state } = await run({ lost: [0, 3] }, { injection_groups: 2, injection_group_size: 2 });
    expect(end).toBe('completed');
    expect(state).toMatchObject({ started: 4, finished: 4, lost: 2, settled: 2 });
  });

  it('does not count an inconsistent artifact as consistent or lost', async () => {
    const { state } = await run({ consistent: false }, { injection_group_size: 2 });
    expect(state).toMatchObject({ finished: 2, consistent: 0, lost: 0 });
  });

  it('starts no further episode when its budget is used up, settles the open group, and ends', async () => {
    const { end, state, happened } = await run({ budget: 3 }, { injection_groups: 4, injection_group_size: 2 });
    expect(end).toBe('completed');
    expect(state).toMatchObject({ started: 3, finished: 3, settled: 2 });
    expect(settlements(happened)).toEqual(['settle run/group-0', 'settle run/group-1']);
  });

  it('starts no further episode than the one that could not be started', async () => {
    const world = createTrainingWorld({ window: 2 });
    const state = newTraining('run');
    const steps = { ...world.live(state), startEpisode: () => Promise.reject(new Error('no start')) };
    await expect(runTraining(aConfiguration(), state, steps)).rejects.toThrow('no start');
    expect(idsInFlight(state)).toEqual([]);
  });

  it('carries no corpus into the input of an episode', async () => {
    const { started } = await run({}, { injection_group_size: 1 });
    expect(Object.keys(started[0]?.config ?? {})).not.toContain('subjects');
    expect(Object.keys(started[0]?.config ?? {})).not.toContain('corpus');
  });
});

describe('a run that repairs only', () => {
  const config = { mode: 'repair-only', bugs: 'bugs.jsonl', injection_groups: 2, injection_group_size: 3 };

  it('plays each bug that it draws once', async () => {
    const { end, started, state } = await run({ bugs: ['library/a', 'library/b'] }, config);
    expect(end).toBe('completed');
    expect(started.map(({ bug: played, parent }) => [played, parent])).toEqual([
      ['library/a', null],
      ['library/b', null],
    ]);
    expect(started.map(({ episodeId }) => episodeId)).toEqual(['run/episode-0', 'run/episode-1']);
    expect(state).toMatchObject({ drawn: 2, settled: 2, finished: 2, consistent: 2 });
  });

  it('plays what its episodes leave as bugs of second order', async () => {
    const { started } = await run({ bugs: ['library/a', 'library/b'], recycled: { 0: [0] } }, config);
    const second = started.filter(({ parent }) => parent !== null);
    expect(second).toHaveLength(1);
    expect(second[0]).not.toHaveProperty('bug');
  });
});
