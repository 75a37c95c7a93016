import type { RolloutSetting } from '../../src/activities/rollout/rollout-setting.ts';
import type { Services } from '../../src/activities/services/services.ts';
import { aConfiguration, aRolloutSetting, aSubject, type Said } from '../../test/support/run-fixture.ts';
import { SOURCE } from './simulated-deployment.ts';

/** More turns than a measurement sees. */
const ENDLESS = 100_000;

export const subject = aSubject({ source: { kind: 'directory', directory: SOURCE } });

/** One of many injectors of one episode. */
export function settingOf(index: number, rollout: Said = {}): RolloutSetting {
  return aRolloutSetting({
    rolloutId: `run/episode-0/injector.replay-${index}`,
    subject,
    attempt: index,
    seed: index,
    config: { rollout: { turns: ENDLESS, context_tokens: 100_000_000, ...rollout } },
  });
}

/** What a rollout's rows hang on. */
export async function openEpisode({ store: { ledger } }: Services): Promise<void> {
  const startedAt = new Date().toISOString();
  const config = JSON.stringify(aConfiguration());
  await ledger.openRun({ runId: 'run', config, seed: 0, startedAt });
  const drawn = { subject: subject.name, strategy: 'removal', order: 1, parentArtifactId: null, seed: 1 } as const;
  await ledger.openEpisode({ episodeId: 'run/episode-0', runId: 'run', groupId: null, ...drawn, startedAt });
}
