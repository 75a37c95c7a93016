import { describe, expect, it } from 'vitest';

import { freshLogSandboxes, sharingLogSandbox } from '../../../src/activities/services/log-sandboxes.ts';
import type { SandboxRequest } from '../../../src/sandbox/sandbox.ts';
import { createFakeServices } from '../../support/fake-services.ts';
import { aRolloutSetting } from '../../support/run-fixture.ts';

describe('a sandbox in which parsers read logs', () => {
  it('is asked for alike whether logs share it or not, so that no parser knows where it is', async () => {
    const { services } = await createFakeServices();
    const asked: SandboxRequest[] = [];
    const { sandboxes } = services;
    const watched = {
      ...services,
      sandboxes: {
        ...sandboxes,
        create: (request: SandboxRequest) => {
          asked.push(request);
          return sandboxes.create(request);
        },
      },
    };
    const setting = aRolloutSetting();
    const read = () => Promise.resolve();
    await sharingLogSandbox(watched, setting, (logs) => logs.use(read));
    await freshLogSandboxes(watched, setting).use(read);
    const [shared, fresh] = [asked[0], asked.at(-1)];
    expect(shared).toMatchObject({ id: expect.stringMatching(/^[0-9a-f]{32}$/) as unknown });
    expect(fresh).toEqual({ ...shared, id: expect.stringMatching(/^[0-9a-f]{32}$/) as unknown });
  });
});
