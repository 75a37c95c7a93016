import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { describe, expect, it } from 'vitest';

import { createRolloutActivities } from '../../../src/activities/rollout/rollout-activities.ts';
import { inActivity } from '../../../src/activities/services/progress.ts';
import { aRolloutUnderWay } from './slice-fixture.ts';

/** What a boot and a slice bring from a host, as activities. */
async function fromHost(isUnderLoad: boolean) {
  const { services, setting } = await aRolloutUnderWay({
    script: { injector: ['I am done.'] },
    config: { rollout: { turns: 1 } },
  });
  const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
  const running = <Result>(step: Parameters<typeof inActivity<Result>>[0]) => {
    const activity = (): Promise<Result> => inActivity(step, () => isUnderLoad);
    return environment.run<[], Result, typeof activity>(activity);
  };
  const activities = createRolloutActivities(services, running, 'host');
  const lease = await activities.bootSandbox({ ...setting, incarnation: 1 });
  return { lease, slice: await activities.discoverTests({ ...setting, lease }) };
}

describe('a step on a host', () => {
  it('says that others have its processors', async () => {
    const { lease, slice } = await fromHost(true);
    expect([lease, slice]).toMatchObject([{ underLoad: true }, { underLoad: true }]);
  });

  it('says nothing of load where there is none', async () => {
    const { lease, slice } = await fromHost(false);
    expect(lease).not.toHaveProperty('underLoad');
    expect(slice).not.toHaveProperty('underLoad');
  });
});
