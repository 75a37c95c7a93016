import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { promptOf } from '../../../src/activities/rollout/rollout-prompt.ts';
import { sandboxRequest } from '../../../src/activities/services/sandbox-request.ts';
import { ARTIFACT_FILES } from '../../../src/domain/artifact/bug-artifact.ts';
import { createFileStore } from '../../../src/store/file-store.ts';
import type { Store } from '../../../src/store/store.ts';
import { countRequests } from '../../store/count-requests.ts';
import { KEPT, keepStore } from '../../store/kept-ledger.ts';
import { removeDirectory, temporaryDirectory } from '../../store/temporary-directory.ts';
import { createFakeServices } from '../../support/fake-services.ts';
import { aRolloutSetting } from '../../support/run-fixture.ts';

let directory: string;
let store: Store;

beforeEach(async () => {
  directory = await temporaryDirectory();
  keepStore(directory);
  store = await createFileStore({ directory });
});

afterEach(async () => {
  await store.close();
  await removeDirectory(directory);
});

describe('the prompt of a solver', () => {
  it.each([
    { name: 'a bug', artifactId: KEPT.bug, more: 0 },
    {
      name: 'a second-order bug, which has its own content and a failed patch',
      artifactId: KEPT.secondOrderBug,
      more: 2,
    },
  ])('reads the submission of $name and nothing of its validation', async ({ artifactId, more }) => {
    const { blobs, requests } = countRequests(store.blobs);
    const { services } = await createFakeServices({ changes: { store: { ...store, blobs } } });
    const { owner, subject, sandbox: config, ...setting } = aRolloutSetting({ task: { role: 'solver', artifactId } });
    const sandbox = await services.sandboxes.create(
      sandboxRequest(services, { owner, subject, config, lifetimeSeconds: 60 }),
    );
    const prompt = await promptOf(services, sandbox, { owner, subject, sandbox: config, ...setting });
    expect(prompt.map(({ role }) => role)).toEqual(['system', 'user']);
    expect(requests.gets).toBe(1 + ARTIFACT_FILES.length + more);
  });
});
