import { readConfiguration } from '../../src/config/read-configuration.ts';
import type { Configuration } from '../../src/config/configuration.ts';
import type { RolloutSetting } from '../../src/activities/rollout/rollout-setting.ts';
import type { BlobRef } from '../../src/domain/record/blob-ref.ts';
import type { Subject } from '../../src/domain/subject/subject.ts';
import type { EpisodeInput } from '../../src/activities/run/episode-input.ts';

/** What a test says about a part of the configuration, in a user's own words. */
export type Said = Readonly<Record<string, unknown>>;

/** A configuration as a user's file gives it, with every default. */
export function aConfiguration(said: Said = {}): Configuration {
  const subjects = [{ name: 'tiny', directory: '/nowhere/tiny' }];
  return readConfiguration(
    { subjects, policy: { kind: 'embedded' }, injectionGroups: 1, ...said },
    'the test configuration',
  );
}

export function aSubject(changes: Partial<Subject> = {}): Subject {
  return { name: 'tiny', source: { kind: 'directory', directory: '/nowhere/tiny' }, weight: 1, ...changes };
}

/** An episode of its own injector; `config` is what a user would have written. */
export function anEpisodeInput({
  config,
  ...changes
}: Partial<Omit<EpisodeInput, 'config'>> & { readonly config?: Said } = {}): EpisodeInput {
  const { subjects: _subjects, corpus: _corpus, ...episodeConfig } = aConfiguration(config);
  return {
    runId: 'run',
    episodeId: 'run/episode-0',
    subject: aSubject(),
    strategy: 'removal',
    seed: 5,
    groupId: 'run/group-0',
    parent: null,
    ...changes,
    config: episodeConfig,
  };
}

export function aRolloutSetting({
  config,
  ...changes
}: Partial<RolloutSetting> & { readonly config?: Said } = {}): RolloutSetting {
  const { policy, rollout, sandbox, validation } = aConfiguration(config);
  return {
    rolloutId: 'run/episode-0/injector',
    owner: { runId: 'run', episodeId: 'run/episode-0' },
    subject: aSubject(),
    task: { role: 'injector', strategy: 'removal', validation },
    attempt: 0,
    seed: 5,
    policy,
    weights: 'starting',
    rollout,
    sandbox,
    ...changes,
  };
}

/** A reference that only has to be told from others. */
export function aReference(name: string): BlobRef {
  return { sha256: name, bytes: name.length };
}
