import { setImmediate } from 'node:timers/promises';

import { describe, expect, it } from 'vitest';

import { newTraining, runTraining, type TrainingState } from '../../src/workflows/run-training.ts';
import { aConfiguration, aSubject, type Said } from '../support/run-fixture.ts';
import { bug, result, trainingSteps, type Scene } from './training-steps.ts';

async function run(scene: Scene, config: Said, state: TrainingState = newTraining('run')) {
  const training = trainingSteps(scene);
  const end = await runTraining(aConfiguration(config), state, training.steps);
  return { ...training, end, state };
}

/** As the next life of the workflow reads it. */
function readState(carried: string): TrainingState {
  const state: TrainingState = JSON.parse(carried);
  return state;
}

const settlements = (told: readonly string[]) => told.filter((step) => step.startsWith('settle')).sort();

describe('injection groups', () => {
  it('are drawn one after the other, each with its siblings', async () => {
    const { end, started, told, state } = await run({}, { injection_groups: 2, injection_group_size: 3 });
    expect(end).toBe('completed');
    expect(told.filter((step) => step.startsWith('draw'))).toEqual(['draw 0', 'draw 1']);
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

  it('and recycled bugs play with the same seeds whatever the order in which episodes begin', async () => {
    const recycled = { 0: ['a', 'b'] };
    const played = async (window: number) => {
      const { started } = await run({ recycled, window }, { injection_groups: 2, injection_group_size: 2 });
      return started.map(({ groupId, parent, seed }) => `${groupId ?? parent?.artifactId ?? ''} ${seed}`);
    };
    const [alone, beside] = [await played(1), await played(4)];
    expect(beside).not.toEqual(alone);
    expect([...beside].sort()).toEqual([...alone].sort());
    expect(new Set(alone.map((each) => each.split(' ')[1])).size).toBe(6);
  });

  it('are settled once each, after their last sibling', async () => {
    const { told } = await run({ window: 4 }, { injection_groups: 3, injection_group_size: 2 });
    expect(settlements(told)).toEqual(['settle run/group-0', 'settle run/group-1', 'settle run/group-2']);
    for (const group of [0, 1, 2]) {
      const settled = told.indexOf(`settle run/group-${group}`);
      expect(told.indexOf(`end ${2 * group}`)).toBeLessThan(settled);
      expect(told.indexOf(`end ${2 * group + 1}`)).toBeLessThan(settled);
    }
  });

  it('are settled when a sibling fails for good', async () => {
    const { told, state } = await run({ failing: [1] }, { injection_group_size: 3 });
    expect(settlements(told)).toEqual(['settle run/group-0']);
    expect(state).toMatchObject({ finished: 3, lost: 1, consistent: 2 });
  });
});

describe('the window', () => {
  it.each([1, 2, 5])('of %i is filled and never exceeded', async (window) => {
    const { peak } = await run({ window }, { injection_groups: 3, injection_group_size: 4 });
    expect(peak()).toBe(window);
  });
});

describe('second-order bugs', () => {
  it('are played before anything else, as episodes of their own', async () => {
    const { started, state, told } = await run(
      { window: 1, recycled: { 0: ['a', 'b'] } },
      { injection_groups: 2, injection_group_size: 2 },
    );
    expect(started.map(({ parent, groupId }) => parent?.artifactId ?? groupId)).toEqual([
      'run/group-0',
      'a',
      'b',
      'run/group-0',
      'run/group-1',
      'run/group-1',
    ]);
    expect(started[1]).toMatchObject({ parent: bug('a'), groupId: null });
    expect(state).toMatchObject({ secondOrder: 2, consistent: 4, finished: 6, waiting: [] });
    expect(settlements(told)).toEqual(['settle run/group-0', 'settle run/group-1']);
  });

  it('of the last episode are played before the run ends', async () => {
    const { end, started } = await run({ recycled: { 0: ['late'] } }, { injection_group_size: 1 });
    expect(end).toBe('completed');
    expect(started.map(({ parent }) => parent?.artifactId)).toEqual([undefined, 'late']);
  });
});

describe('continue-as-new', () => {
  it('waits for the episodes in flight and carries everything else over', async () => {
    const config = { injection_groups: 2, injection_group_size: 3 };
    const first = await run({ window: 2, continueAfter: 2, recycled: { 1: ['a'] } }, config);
    expect(first.end).toBe('continue-as-new');
    expect(first.inFlight()).toBe(0);
    expect(first.told).toContain('end 1');
    const carried: unknown = JSON.parse(JSON.stringify(first.state));
    expect(carried).toEqual(first.state);
    const second = await run({ window: 2 }, config, first.state);
    expect(second.end).toBe('completed');
    expect(second.started.map(({ episodeId }) => episodeId)).toEqual(
      [2, 3, 4, 5, 6].map((index) => `run/episode-${index}`),
    );
    expect(second.started[0]?.parent).toEqual(bug('a'));
    expect(settlements([...first.told, ...second.told])).toEqual(['settle run/group-0', 'settle run/group-1']);
    expect(second.state).toMatchObject({ drawn: 2, settled: 2, started: 7, finished: 7, secondOrder: 1 });
  });
});

describe('a run that drains before it continues as new', () => {
  const draining = { window: 2, continueAfter: 2 };
  const config = { injection_groups: 3, injection_group_size: 2 };

  it('fails with a settlement that fails meanwhile, and keeps the group among those to settle', async () => {
    const { steps } = trainingSteps({ ...draining, unsettled: ['run/group-0'] });
    const state = newTraining('run');
    await expect(runTraining(aConfiguration(config), state, steps)).rejects.toThrow('no settling of run/group-0');
    expect(Object.keys(state.open)).toContain('run/group-0');
    expect(state.settled).toBe(0);
  });

  it('fails with an episode that fails or is cancelled meanwhile', async () => {
    const { steps, inFlight } = trainingSteps({ ...draining, throwing: [0] });
    await expect(runTraining(aConfiguration(config), newTraining('run'), steps)).rejects.toThrow('cancelled in 0');
    expect(inFlight()).toBe(0);
  });
});

describe('a run that is paused', () => {
  it('fails at once when an episode in flight meets what every episode would meet', async () => {
    const { steps } = trainingSteps({ window: 2, pauseAfter: 2, throwing: [1] });
    const config = aConfiguration({ injection_group_size: 4 });
    await expect(runTraining(config, newTraining('run'), steps)).rejects.toThrow('cancelled in 1');
  });
});

describe('the state of a run of 50,000 groups', () => {
  /** What Temporal takes as one input is 2 MiB; a run warns itself long before. */
  const CARRIED_BYTES = 64 * 1024;
  const GROUPS = 50_000;

  it('rides through every new life, names the groups that are open and no others', { timeout: 120_000 }, async () => {
    const config = aConfiguration({ injection_groups: GROUPS, injection_group_size: 2, episode_window: 8 });
    let state = newTraining('run');
    const settled: string[] = [];
    let largest = 0;
    for (let lives = 1; ; lives += 1) {
      let started = 0;
      const end = await runTraining(config, state, {
        drawInjectionGroup: (index) =>
          Promise.resolve({ groupId: `run/group-${index}`, index, subject: aSubject(), strategy: 'removal' }),
        withinBudget: () => Promise.resolve(true),
        settleInjectionGroup: (groupId) => Promise.resolve(void settled.push(groupId)),
        playEpisode: (input) => {
          started += 1;
          return Promise.resolve(result({}, input, 0));
        },
        waitUntil: async (ready) => {
          while (!ready({ window: 8, paused: false })) await Promise.resolve();
        },
        // An odd number, so that lives end in the middle of groups.
        shouldContinueAsNew: () => started >= 2501,
      });
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
});

describe('a run', () => {
  it('fails with an episode that fails while the budget is asked for', async () => {
    const { steps } = trainingSteps({ window: 3, throwing: [1] });
    let asked = 0;
    const slowBudget = {
      ...steps,
      // The third question is asked when both episodes are in flight, and is answered after their end.
      withinBudget: async () => {
        asked += 1;
        if (asked === 3) await setImmediate();
        return true;
      },
    };
    const config = aConfiguration({ injection_group_size: 2 });
    await expect(runTraining(config, newTraining('run'), slowBudget)).rejects.toThrow('cancelled in 1');
  });

  it('goes on without an episode that failed for good', async () => {
    const { end, state } = await run({ failing: [0, 3] }, { injection_groups: 2, injection_group_size: 2 });
    expect(end).toBe('completed');
    expect(state).toMatchObject({ started: 4, finished: 4, lost: 2, settled: 2 });
  });

  it('does not count an inconsistent artifact as consistent or lost', async () => {
    const verdict = { consistent: false, check: 'parser', detail: 'no JSON' } as const;
    const { state } = await run({ verdict }, { injection_group_size: 2 });
    expect(state).toMatchObject({ finished: 2, consistent: 0, lost: 0 });
  });

  it('waits for the episodes in flight before an error goes on', async () => {
    const { steps, inFlight, started } = trainingSteps({ window: 2, throwing: [0] });
    const config = aConfiguration({ injection_group_size: 4 });
    await expect(runTraining(config, newTraining('run'), steps)).rejects.toThrow('cancelled in 0');
    expect(inFlight()).toBe(0);
    expect(started.length).toBeLessThan(4);
  });

  it('starts no further episode when its budget is used up, settles the open group, and ends', async () => {
    const { end, state, told } = await run({ budget: 3 }, { injection_groups: 4, injection_group_size: 2 });
    expect(end).toBe('completed');
    expect(state).toMatchObject({ started: 3, finished: 3, settled: 2 });
    expect(settlements(told)).toEqual(['settle run/group-0', 'settle run/group-1']);
  });

  it('carries no corpus into the input of an episode', async () => {
    const { started } = await run({}, { injection_group_size: 1 });
    expect(Object.keys(started[0]?.config ?? {})).not.toContain('subjects');
    expect(Object.keys(started[0]?.config ?? {})).not.toContain('corpus');
  });
});
