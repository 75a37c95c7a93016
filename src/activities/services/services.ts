import type { LimitFunction } from 'p-limit';

import type { PolicyConfiguration } from '../../config/configuration.ts';
import type { Policy } from '../../policy/policy.ts';
import type { Sandboxes } from '../../sandbox/sandbox.ts';
import type { Store } from '../../store/store.ts';
import type { Places } from './places.ts';

/** The ports that activities work with; `workers` chooses the adapters. */
export interface Services {
  readonly store: Store;
  readonly sandboxes: Sandboxes;
  /** The policy that a run is configured for; the same one for the same configuration. */
  readonly policyFor: (config: PolicyConfiguration) => Policy;
  readonly places: Places;
  /** Bounds the test runs of this host, so that load never makes a test time out. */
  readonly testRuns: LimitFunction;
  /** One test run with no other beside it on this host. */
  readonly aloneAmongTestRuns: <Result>(run: () => Promise<Result>) => Promise<Result>;
  /** Whose sandboxes these are; a reaper never touches another deployment's. */
  readonly deployment: string;
}
