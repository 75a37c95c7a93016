import { setImmediate } from 'node:timers/promises';

import { describe, expect, it } from 'vitest';

import type { ReadyGroup } from '../../src/domain/training/compose-batch.ts';
import { createLearning, newLearning, type PlannedStep } from '../../src/workflows/learning.ts';
import { aConfiguration, type Said } from '../support/run-fixture.ts';
import { begin, type Scene, type TrainingWorld } from './training-world.ts';
import type { TrainingState } from '../../src/workflows/training-state.ts';

interface Lesson extends Scene {
  /** Groups that teach nothing, by their ids. */
  readonly useless?: readonly string[];
  /** Steps that never end. */
  readonly endless?: readonly number[];
  readonly failing?: readonly number[];
  /** What is heard of the trainer, one after the other; then nothing. `lost in step`: once the first step is under way. */
  readonly trainer?: readonly ('lost' | 'lost in step' | Error)[];
}

/** A run that learns, with what its trainer was asked written down beside what happened to its episodes. */
function learn(lesson: Lesson, config: Said, training: Said) {
  const planned: PlannedStep[] = [];
  const said = { trainer: { kind: 'embedded' }, ...training };
  const { training: read } = aConfiguration({ policy: { kind: 'embedded' }, training: said });
  if (read === undefined) throw new Error('nothing trains');
  const heard = [...(lesson.trainer ?? [])];
  const learns = ({ happened, tell }: TrainingWorld, state: TrainingState) => {
    const learning = (state.learning = newLearning());
    const toReady = (group: Pick<ReadyGroup, 'groupId' | 'role'>): ReadyGroup => ({
      ...{ ...group, units: 10 },
      policyVersion: learning.policyVersion,
    });
    const created = createLearning(read, learning, {
      keepTrainer: async () => {
        const next = heard.shift();
        if (next instanceof Error) throw next;
        if (next === undefined) return new Promise(() => undefined);
        while (next === 'lost in step' && !happened.includes('step 1')) await setImmediate();
        happened.push('lost');
        return 'lost';
      },
      recover: async () => {
        happened.push('recover');
        await setImmediate();
        happened.push('recovered');
      },
      weighGroups: (groups) =>
        Promise.resolve(groups.filter(({ groupId }) => lesson.useless?.includes(groupId) !== true).map(toReady)),
      takeStep: async (step) => {
        planned.push(step);
        happened.push(`step ${step.step}`);
        if (lesson.failing?.includes(step.step) === true) throw new Error('refused');
        if (lesson.endless?.includes(step.step) === true) await new Promise(() => undefined);
        while (lesson.trainer?.includes('lost in step') === true && !happened.includes('lost')) await setImmediate();
        happened.push(`trained ${step.step}`);
        return { policyVersion: step.policyVersion + (step.groups.length === 0 ? 0 : 1) };
      },
      injectionGroupsDrawn: () => state.drawn,
      wake: () => {
        tell(() => undefined);
      },
    });
    void created.watch();
    return created;
  };
  return { ...begin(lesson, config, learns), planned };
}

const groupsOf = (planned: readonly PlannedStep[]) =>
  planned.map(({ groups }) => groups.map(({ groupId }) => groupId).sort());
const one = { injection_group_size: 1 };

describe('training with max_lag: 0', () => {
  const whole = { max_lag: 0, batch: { injection_groups: 2 } };

  it('lets episodes wait for the step of those before them, recycled bugs included', async () => {
    const { end, planned, happened } = learn(
      { window: 4, recycled: { 0: [2] } },
      { ...one, injection_groups: 4 },
      whole,
    );
    expect(await end).toBe('completed');
    expect(groupsOf(planned)).toEqual([
      ['run/episode-0', 'run/episode-0.2', 'run/episode-1', 'run/group-0', 'run/group-1'],
      ['run/episode-2', 'run/episode-3', 'run/group-2', 'run/group-3'],
    ]);
    const at = (what: string) => happened.indexOf(what);
    expect(at('step 1')).toBeGreaterThan(Math.max(...['0', '0.2', '1'].map((name) => at(`end ${name}`))));
    expect(at('start 2')).toBeGreaterThan(at('trained 1'));
  });

  it('takes a step that teaches nothing, and the weights stay', async () => {
    const useless = ['run/episode-0', 'run/episode-1', 'run/group-0', 'run/group-1'];
    const { end, planned, state } = learn({ useless }, { ...one, injection_groups: 4 }, whole);
    expect(await end).toBe('completed');
    expect(groupsOf(planned)).toEqual([[], expect.arrayContaining(['run/group-2', 'run/group-3'])]);
    expect(planned.map(({ policyVersion }) => policyVersion)).toEqual([0, 0]);
    expect(state.learning).toMatchObject({ steps: 2, policyVersion: 1, ready: [] });
  });

  it('takes a step for what was drawn last, too, though it teaches nothing', async () => {
    const useless = ['run/episode-2', 'run/episode-3', 'run/group-2', 'run/group-3'];
    const { end, planned } = learn({ useless }, { ...one, injection_groups: 4 }, whole);
    expect(await end).toBe('completed');
    expect(groupsOf(planned).map(({ length }) => length)).toEqual([4, 0]);
  });

  it('trains what is left when the run ends in the middle of a step', async () => {
    const { end, planned } = learn({}, { ...one, injection_groups: 3 }, whole);
    expect(await end).toBe('completed');
    expect(groupsOf(planned)[1]).toEqual(['run/episode-2', 'run/group-2']);
    expect(planned).toHaveLength(2);
  });

  it('is the same in a window of one and of many', async () => {
    const steps = async (window: number) => {
      const { end, planned } = learn(
        { window, recycled: { 1: [0] } },
        { injection_groups: 4, injection_group_size: 2 },
        whole,
      );
      await end;
      return planned.map(({ groups, step, policyVersion }) => ({ groups: groups.length, step, policyVersion }));
    };
    expect(await steps(1)).toEqual(await steps(5));
  });
});

describe('training beside the episodes', () => {
  it('takes a step as soon as there is enough, and trains the rest at the end', async () => {
    const { end, planned, happened } = learn({ window: 2 }, { ...one, injection_groups: 4 }, { batch: { groups: 3 } });
    expect(await end).toBe('completed');
    expect(planned.map(({ groups }) => groups.length)).toEqual([3, 3, 2]);
    expect(happened.indexOf('step 1')).toBeLessThan(happened.indexOf('end 3'));
  });

  it('counts tokens where tokens are asked for', async () => {
    const { end, planned } = learn({}, { ...one, injection_groups: 2 }, { batch: { tokens: 20 } });
    await end;
    expect(planned.map(({ groups }) => groups.length)).toEqual([2, 2]);
  });

  it('starts no more episodes than will not be stale by their step', async () => {
    const { started, untilStarted, planned, tell, steered } = learn(
      { window: 1, endless: [1] },
      { ...one, injection_groups: 100 },
      { batch: { groups: 2 }, max_lag: 2 },
    );
    // Two groups an episode: the first is in the endless step, and two steps may wait.
    await untilStarted(3);
    for (let turn = 0; turn < 200; turn += 1) await setImmediate();
    expect(started).toHaveLength(3);
    expect(planned).toHaveLength(1);
    tell(() => (steered.drained = true));
  });

  it('writes off what has become too old', async () => {
    const { end, planned } = learn(
      { window: 1 },
      { ...one, injection_groups: 3 },
      { batch: { groups: 1 }, max_lag: 1 },
    );
    await end;
    // Each episode leaves two groups of one version, and each step trains one of them.
    expect(planned.flatMap(({ stale }) => stale).length + planned.flatMap(({ groups }) => groups).length).toBe(6);
    expect(planned.every(({ stale, policyVersion }) => stale.length === 0 || policyVersion > 1)).toBe(true);
  });

  it('ends the run after as many steps as were asked for', async () => {
    const { end, planned, started } = learn(
      { window: 1 },
      { ...one, injection_groups: 50 },
      { batch: { groups: 2 }, steps: 2 },
    );
    expect(await end).toBe('completed');
    expect(planned).toHaveLength(2);
    expect(started.length).toBeLessThan(5);
  });

  it('fails with the run whose step is refused', async () => {
    const { end } = learn({ failing: [1] }, { ...one, injection_groups: 3 }, { batch: { groups: 1 } });
    await expect(end).rejects.toThrow('refused');
  });

  it('has lost weights made again before the next step', async () => {
    const { end, happened } = learn({ trainer: ['lost'] }, { ...one, injection_groups: 2 }, { batch: { groups: 2 } });
    expect(await end).toBe('completed');
    const lane = happened.filter((what) => /^(recover|step|train)/.test(what));
    expect(lane).toEqual(['recover', 'recovered', 'step 1', 'trained 1', 'step 2', 'trained 2']);
  });

  it('leaves it to the step under way to find out that they are lost', async () => {
    const { end, happened } = learn(
      { trainer: ['lost in step'] },
      { ...one, injection_groups: 1 },
      { batch: { groups: 2 } },
    );
    expect(await end).toBe('completed');
    expect(happened.filter((what) => /^(lost|recover|step|train)/.test(what))).toEqual(['step 1', 'lost', 'trained 1']);
  });

  it('fails with the run whose trainer refuses to be told of it', async () => {
    const { end } = learn({ trainer: [new Error('unknown key')] }, { ...one, injection_groups: 3 }, {});
    await expect(end).rejects.toThrow('unknown key');
  });

  it('ends no life of the workflow in the middle of a step', async () => {
    const { end, untilStarted, happened, tell } = learn(
      { window: 1, continueAfter: 3, endless: [1] },
      { ...one, injection_groups: 9 },
      { batch: { groups: 2 } },
    );
    await untilStarted(4);
    expect(happened).toContain('step 1');
    let ended = false;
    void end.then(() => (ended = true));
    tell(() => undefined);
    for (let turn = 0; turn < 50; turn += 1) await setImmediate();
    expect(ended).toBe(false);
  });
});
