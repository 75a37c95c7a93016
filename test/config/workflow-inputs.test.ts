import { describe, expect, it } from 'vitest';

import { checkEpisodeInput, checkRolloutSetting } from '../../src/config/workflow-inputs.ts';
import { InvalidInputError } from '../../src/domain/failure/errors.ts';
import { anEpisodeInput, aRolloutSetting } from '../support/run-fixture.ts';

const image = { name: 'tiny', source: { kind: 'image', image: 'tiny:1' }, repoRoot: '/src', weight: 2 } as const;
const parent = { artifactId: 'run/episode-0/bug', injectorRolloutId: null };

describe('checkEpisodeInput', () => {
  it.each([
    { name: 'an injection', input: anEpisodeInput() },
    { name: 'a second-order bug', input: anEpisodeInput({ parent, groupId: null }) },
    { name: 'an image', input: anEpisodeInput({ subject: image }) },
  ])('takes $name', ({ input }) => {
    expect(() => {
      checkEpisodeInput(input);
    }).not.toThrow();
  });

  it.each([
    { name: 'nothing', input: undefined, place: 'expected object' },
    { name: 'a missing id', input: { ...anEpisodeInput(), episodeId: undefined }, place: 'episodeId' },
    { name: 'a key too many', input: { ...anEpisodeInput(), sed: 1 }, place: 'sed' },
    { name: 'an unknown strategy', input: { ...anEpisodeInput(), strategy: 'remove' }, place: 'strategy' },
    {
      name: 'a broken configuration',
      input: { ...anEpisodeInput(), config: { ...anEpisodeInput().config, attempts: 0 } },
      place: 'config.attempts',
    },
  ])('refuses $name with its place', ({ input, place }) => {
    expect(() => {
      checkEpisodeInput(input);
    }).toThrow(InvalidInputError);
    expect(() => {
      checkEpisodeInput(input);
    }).toThrow(place);
  });
});

describe('checkRolloutSetting', () => {
  it.each([
    { name: 'an injector', setting: aRolloutSetting() },
    { name: 'a solver', setting: aRolloutSetting({ task: { role: 'solver', artifactId: 'run/episode-0/bug' } }) },
  ])('takes $name', ({ setting }) => {
    expect(() => {
      checkRolloutSetting(setting);
    }).not.toThrow();
  });

  it.each([
    { name: 'a role that is none', changes: { task: { role: 'judge' } }, place: 'task.role' },
    { name: 'an owner without an episode', changes: { owner: { runId: 'run' } }, place: 'owner.episodeId' },
  ])('refuses $name with its place', ({ changes, place }) => {
    expect(() => {
      checkRolloutSetting({ ...aRolloutSetting(), ...changes });
    }).toThrow(InvalidInputError);
    expect(() => {
      checkRolloutSetting({ ...aRolloutSetting(), ...changes });
    }).toThrow(place);
  });
});
