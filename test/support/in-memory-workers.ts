import type { TrainingInputs } from '../../src/activities/run/training-activities.ts';
import { readEnvironment, type WorkerVersion } from '../../src/config/environment.ts';
import { readConfiguration } from '../../src/config/read-configuration.ts';
import type { Policy } from '../../src/policy/policy.ts';
import type { Store } from '../../src/store/store.ts';
import { startWorkers, type RunningWorkers, type WorkersOptions } from '../../src/workers/run-workers.ts';
import type { TemporalConnection } from '../../src/workers/temporal-connection.ts';
import { createFakeServices } from './fake-services.ts';
import { aSubject } from './run-fixture.ts';

export interface InMemoryWorkersOptions {
  readonly server: TemporalConnection;
  readonly store: Store;
  readonly policy: Policy;
  readonly hostId: string;
  readonly roles: WorkersOptions['roles'];
  readonly capacity?: number;
  readonly version?: WorkerVersion;
}

/** What a run of the one subject reads of its machine. */
const INPUTS: TrainingInputs = {
  readTrainingInput: (input) => readConfiguration(input, 'the test input'),
  readSubjects: () => [aSubject()],
  promptsHash: () => 'prompts',
  isDirectory: () => true,
};

/** Workers on a real server, with sandboxes that are nothing but files in memory; `standing` are those of this host. */
export async function startInMemoryWorkers({
  server,
  store,
  policy,
  hostId,
  roles,
  capacity = 8,
  version,
}: InMemoryWorkersOptions): Promise<RunningWorkers & { standing(): readonly string[] }> {
  const { services, host } = await createFakeServices({ policy, changes: { store } });
  const { address, namespace } = server;
  const environment = readEnvironment({ SELFPLAY_HOST_ID: hostId, SELFPLAY_CAPACITY: String(capacity) });
  const workers = await startWorkers({
    ...{ connection: { address, namespace }, services, inputs: INPUTS, environment, roles },
    ...(version === undefined ? {} : { version }),
  });
  const standing = () => [...host.values()].map(({ request }) => request.labels.episode).sort();
  return { ...workers, standing };
}
