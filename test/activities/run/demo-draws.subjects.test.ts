import { readdirSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { createTrainingActivities } from '../../../src/activities/run/training-activities.ts';
import { mainLanguage } from '../../../src/cli/records/main-language.ts';
import { readSubjects } from '../../../src/config/corpus.ts';
import { readEnvironment } from '../../../src/config/environment.ts';
import { loadConfiguration } from '../../../src/config/read-configuration.ts';
import { createFakeServices, plainly } from '../../support/fake-services.ts';

describe('the seed of the demo', () => {
  it('draws every strategy, and packages in three languages', async () => {
    const config = loadConfiguration('demo');
    const { services } = await createFakeServices();
    const training = createTrainingActivities(
      services,
      {
        readTrainingInput: () => config,
        readSubjects: (given) => readSubjects(given, readEnvironment().cache),
        promptsHash: () => 'none',
        isDirectory: () => true,
      },
      plainly,
    );
    await training.openRun({ runId: 'demo', config });
    const indexes = Array.from({ length: config.injectionGroups }, (_, index) => index);
    const groups = await Promise.all(
      indexes.map((index) => training.drawInjectionGroup({ runId: 'demo', index, config })),
    );
    expect(groups.map(({ strategy }) => strategy).sort()).toEqual(['direct', 'history', 'removal']);
    const languages = groups.map(({ subject: { source } }) =>
      source.kind === 'directory'
        ? mainLanguage(readdirSync(source.directory, { recursive: true, encoding: 'utf8' }))
        : undefined,
    );
    expect(languages.sort()).toEqual(['javascript', 'python', 'typescript']);
  });
});
