import { describe, expect, it } from 'vitest';

import { createEpisodeActivities } from '../../../src/activities/run/episode-activities.ts';
import { importLibrary } from '../../../src/activities/library/import-library.ts';
import { createTrainingActivities, type TrainingInputs } from '../../../src/activities/run/training-activities.ts';
import { readSubjects } from '../../../src/config/corpus.ts';
import { readConfiguration } from '../../../src/config/read-configuration.ts';
import { InvalidInputError } from '../../../src/domain/failure/errors.ts';
import { createFakeServices, plainly } from '../../support/fake-services.ts';
import { aFrozenBug } from '../../support/library-fixture.ts';
import { aConfiguration, anEpisodeInput } from '../../support/run-fixture.ts';

const inputs: TrainingInputs = {
  readTrainingInput: (input) => readConfiguration(input, 'the workflow input'),
  readSubjects: (config) => readSubjects(config, '/nowhere/cache'),
  promptsHash: () => 'hash of the prompts',
  isDirectory: (path) => path !== '/nowhere/gone',
};

async function theActivities() {
  const { services } = await createFakeServices();
  const { ledger } = services.store;
  const training = createTrainingActivities(services, inputs, plainly);
  return {
    ledger,
    store: services.store,
    training,
    episodes: createEpisodeActivities(services, plainly),
    /** Opens the run, as its workflow does first. */
    open: async (given: unknown = input) => {
      const config = await training.readTrainingInput({ input: given });
      await training.openRun({ runId: 'run', config });
      return config;
    },
  };
}

const AT = '2026-01-02T03:04:05.678Z';
const subjects = ['one', 'two', 'three'].map((name) => ({ name, directory: `/nowhere/${name}` }));
const input = { subjects, policy: { kind: 'embedded' }, injection_groups: 3 };

describe('openRun', () => {
  it('refuses an id under which a rollout could not be kept', async () => {
    const { training } = await theActivities();
    const config = aConfiguration();
    await training.openRun({ runId: 'r'.repeat(200), config });
    await expect(training.openRun({ runId: 'r'.repeat(201), config })).rejects.toThrow(InvalidInputError);
  });

  it('opens the run with its whole configuration and the prompts', async () => {
    const { open, ledger } = await theActivities();
    await open();
    const run = await ledger.findRun('run');
    expect(JSON.parse(run?.config ?? '')).toMatchObject({ attempts: 8, promptsHash: 'hash of the prompts' });
  });
});

describe('readTrainingInput', () => {
  it('gives the whole configuration and asks nothing of the store', async () => {
    const { training, ledger } = await theActivities();
    expect(await training.readTrainingInput({ input })).toMatchObject({ injectionGroups: 3, attempts: 8 });
    expect(await ledger.listRunIds()).toEqual([]);
  });

  it.each([
    { name: 'a typo', changes: { atempts: 4 }, message: /atempts: unknown key; did you mean "attempts"\?/ },
    { name: 'a wrong value', changes: { attempts: 0 }, message: /attempts: .* \(is 0\)/ },
    {
      name: 'a corpus that is not there',
      changes: { subjects: undefined, corpus: '/nowhere.jsonl' },
      message: /cannot read the corpus \/nowhere\.jsonl/,
    },
    {
      name: 'a directory that is not there',
      changes: { subjects: [...subjects, { directory: '/nowhere/gone' }] },
      message: /subject gone: there is no directory \/nowhere\/gone on the worker's host/,
    },
    {
      name: 'two subjects of one name',
      changes: { subjects: [...subjects, ...subjects] },
      message: /two subjects are named "one"/,
    },
  ])('refuses $name with the place and the way out', async ({ changes, message }) => {
    const { training } = await theActivities();
    const refused = training.readTrainingInput({ input: { ...input, ...changes } });
    await expect(refused).rejects.toThrow(InvalidInputError);
    await expect(refused).rejects.toThrow(message);
  });
});

describe('drawInjectionGroup', () => {
  const draws = async (seed: number, strategies = { removal: 1, history: 1, direct: 1 }) => {
    const { training, open } = await theActivities();
    const config = aConfiguration({ subjects, seed, strategies, injection_groups: 24 });
    await open(config);
    const groups = [];
    for (let index = 0; index < 24; index += 1)
      groups.push(await training.drawInjectionGroup({ runId: 'run', index, config }));
    return groups.map(({ subject, strategy }) => `${subject.name} ${strategy}`);
  };

  it('comes from the seed alone', async () => {
    expect(await draws(11)).toEqual(await draws(11));
    expect(await draws(11)).not.toEqual(await draws(12));
  });

  it('draws every subject and every strategy that has a share', async () => {
    const drawn = await draws(3);
    for (const { name } of subjects) expect(drawn.some((draw) => draw.startsWith(name))).toBe(true);
    for (const strategy of ['removal', 'history', 'direct']) {
      expect(drawn.some((draw) => draw.endsWith(strategy))).toBe(true);
    }
  });

  it('never draws a strategy without a share', async () => {
    const drawn = await draws(3, { removal: 0, history: 1, direct: 0 });
    expect(new Set(drawn.map((draw) => draw.split(' ')[1]))).toEqual(new Set(['history']));
  });

  it('draws bugs where the run plays a library, and keeps which one it plays', async () => {
    const { training, ledger, store } = await theActivities();
    const bugs = ['a', 'b', 'c'].map((id) => aFrozenBug({ id }));
    await importLibrary(store, { id: 'library', validatorVersion: '3', bugs });
    const config = aConfiguration({ subjects, mode: 'repair-only', bugs: 'bugs.jsonl' });
    const run = { runId: 'run', config, library: 'library' };
    await training.openRun(run);
    expect(JSON.parse((await ledger.findRun('run'))?.config ?? '')).toMatchObject({ library: 'library' });
    const groups = await Promise.all([0, 1, 2].map((index) => training.drawInjectionGroup({ ...run, index })));
    expect(groups.map(({ bug }) => bug).toSorted()).toEqual(['library/a', 'library/b', 'library/c']);
    expect(groups[0]).toMatchObject({ groupId: 'run/group-0', subject: aFrozenBug().subject, strategy: 'removal' });
  });

  it('may be said again', async () => {
    const { training, open } = await theActivities();
    const config = await open();
    const draw = { runId: 'run', index: 0, config };
    expect(await training.drawInjectionGroup(draw)).toEqual(await training.drawInjectionGroup(draw));
  });
});

describe('settleInjectionGroup', () => {
  /** Siblings of one group; a null reward is an episode that yields nothing. */
  async function aGroup() {
    const { training, episodes, ledger, open } = await theActivities();
    const config = await open();
    const { groupId, subject, strategy } = await training.drawInjectionGroup({ runId: 'run', index: 0, config });
    const play = async (index: number, reward: number | null) => {
      const episodeId = `run/episode-${index}`;
      const rolloutId = `${episodeId}/injector`;
      await episodes.openEpisode(anEpisodeInput({ episodeId, groupId, subject, strategy, seed: index }));
      await ledger.openRollout({ rolloutId, episodeId, role: 'injector', attempt: 0, startedAt: AT });
      const outcome = reward === null ? 'lost' : 'rewarded';
      const nothing = { verdict: null, check: null, artifactId: null, solveRate: null, problem: null };
      const row = { episodeId, role: 'injector', attempt: 0, rolloutId, advantage: null } as const;
      const settlement = {
        episodeId,
        outcome,
        ...nothing,
        rewards: reward === null ? [] : [{ ...row, reward }],
      } as const;
      await episodes.emitRewards(settlement);
    };
    const advantages = async () => {
      const siblings = await ledger.listInjectionGroup(groupId);
      const rows = await Promise.all(siblings.map(({ episodeId }) => ledger.listRewards(episodeId)));
      return rows.flat().map(({ advantage }) => advantage);
    };
    return { play, settle: () => training.settleInjectionGroup({ groupId }), advantages };
  }

  async function siblings(rewards: readonly (number | null)[]) {
    const { play, settle, advantages } = await aGroup();
    for (const [index, reward] of rewards.entries()) await play(index, reward);
    await settle();
    await settle();
    return advantages();
  }

  it('gives a sibling that is played again later its reward minus the mean of all, and leaves the others theirs', async () => {
    const { play, settle, advantages } = await aGroup();
    for (const [index, reward] of [1, null, -1].entries()) await play(index, reward);
    await settle();
    await play(3, 0.6);
    await settle();
    await settle();
    expect(await advantages()).toEqual([1, -1, expect.closeTo(0.4, 12)]);
  });

  it('gives each injector its reward minus the mean of its siblings, and may be said again', async () => {
    expect(await siblings([1, -1, -0.5, -0.5])).toEqual([1.25, -0.75, -0.25, -0.25]);
  });

  it('counts no sibling that yields nothing', async () => {
    expect(await siblings([1, null, -1])).toEqual([1, -1]);
  });

  it('gives equal siblings no advantage', async () => {
    expect(await siblings([-0.8, -0.8, -0.8])).toEqual([0, 0, 0]);
  });

  it('settles a group of which nothing is left', async () => {
    expect(await siblings([null, null])).toEqual([]);
  });
});

describe('closeRun', () => {
  it('says how the run ended; the last word counts', async () => {
    const { training, ledger, open } = await theActivities();
    await open();
    await training.closeRun({ runId: 'run', outcome: 'failed' });
    await training.closeRun({ runId: 'run', outcome: 'completed' });
    expect(await ledger.findRun('run')).toMatchObject({ outcome: 'completed' });
  });
});

describe('checkBudget', () => {
  it('says nothing while a run is within its budget, and which one is used up after', async () => {
    const { training, open } = await theActivities();
    await open();
    expect(await training.checkBudget({ runId: 'run', budget: { tokens: 10, hours: 5 } })).toBeNull();
    const tiny = { runId: 'run', budget: { hours: 1e-9 } };
    expect(await training.checkBudget(tiny)).toContain('hours is used up');
  });
});

describe('emitRewards', () => {
  it('may be repeated and never counts twice', async () => {
    const { episodes, ledger, open } = await theActivities();
    await open();
    await episodes.openEpisode(anEpisodeInput({ episodeId: 'episode', groupId: null }));
    const rollout = { rolloutId: 'rollout', episodeId: 'episode', role: 'solver', attempt: 0, startedAt: AT } as const;
    await ledger.openRollout(rollout);
    const row = {
      episodeId: 'episode',
      role: 'solver',
      attempt: 0,
      rolloutId: 'rollout',
      reward: 1,
      advantage: 0,
    } as const;
    const nothing = { verdict: null, check: null, artifactId: null, solveRate: 1, problem: null };
    const settlement = { episodeId: 'episode', outcome: 'rewarded', ...nothing, rewards: [row] } as const;
    await episodes.emitRewards(settlement);
    const first = await ledger.findEpisode('episode');
    await episodes.emitRewards(settlement);
    expect(await ledger.listRewards('episode')).toMatchObject([row]);
    expect(await ledger.findEpisode('episode')).toEqual(first);
    const other = { ...settlement, rewards: [{ ...row, reward: -1 }] };
    await expect(episodes.emitRewards(other)).rejects.toThrow('already holds another');
  });
});
