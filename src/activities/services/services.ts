import type { LimitFunction } from 'p-limit';

import type { PolicyConfiguration } from '../../config/configuration.ts';
import type { ServingConfiguration, TrainerConfiguration } from '../../config/training-configuration.ts';
import type { Policy } from '../../policy/policy.ts';
import type { Sandbox, Sandboxes } from '../../sandbox/sandbox.ts';
import type { Serving } from '../../serving/serving.ts';
import type { Store } from '../../store/store.ts';
import type { Trainer } from '../../trainer/trainer.ts';

/** How a run that others kept from the machine is repeated. */
export interface LoadPatience {
  /** The wait before it is tried again; each wait is twice the one before. */
  readonly firstWaitMs: number;
  /** Since its first try; then the machine is given up, and nothing is judged. */
  readonly boundMs: number;
}

/**
 * A compilation or another validation is over in a minute or a few. Half an hour leaves time for two tries at full
 * stretch (`LOAD_PATIENCE_MS`); load that lasts longer is for a person, or for another host, to deal with.
 */
export const LOAD_PATIENCE: LoadPatience = { firstWaitMs: 30_000, boundMs: 1_800_000 };

/** The ports that activities work with; `workers` chooses the adapters. */
export interface Services {
  readonly store: Store;
  readonly sandboxes: Sandboxes;
  /** The policy that a run is configured for; the same one for the same configuration. */
  readonly policyFor: (config: PolicyConfiguration) => Policy;
  /** The trainer that a run is configured for. */
  readonly trainerFor: (config: TrainerConfiguration) => Trainer;
  /** The inference servers that a run's weights are published to, and the name of the model that they were started with. */
  readonly servingFor: (config: ServingConfiguration & { readonly model: string }) => Serving;
  /** Bounds the test runs of this host, so that load never makes a test time out. */
  readonly testRuns: LimitFunction;
  /** One test run with no other beside it on this host. */
  readonly aloneAmongTestRuns: <Result>(run: () => Promise<Result>, signal: AbortSignal) => Promise<Result>;
  readonly loadPatience: LoadPatience;
  /** Where parsers read the logs of a gathering; without it each log has a sandbox of its own, as what pays must. */
  readonly logs?: LogSandboxes;
  /** Whose sandboxes these are; a reaper never touches another deployment's. */
  readonly deployment: string;
}

/** Where a parser reads a log: a sandbox in which there is nothing else. */
export interface LogSandboxes {
  use<Result>(work: (sandbox: Sandbox) => Promise<Result>): Promise<Result>;
}
