import type { Services } from '../../activities/services/services.ts';
import type { PayloadKey } from '../../config/payload-keys.ts';
import type { CodecServer, CodecServerOptions } from '../../workers/codec-server.ts';
import type { Environment } from '../../config/environment.ts';
import type { Store } from '../../store/store.ts';
import type { checkHost } from '../../workers/host-problems.ts';
import type { revalidateHere } from '../../workers/local-revalidation.ts';
import type { LocalServices } from '../../workers/local-services.ts';
import type { BugTree, BugTreeRequest } from '../../workers/local-shell.ts';
import type { SandboxChoice } from '../../workers/choose-sandboxes.ts';
import type { OpenServices } from '../../workers/open-services.ts';
import type { RunningWorkers, WorkersOptions } from '../../workers/run-workers.ts';
import type { destroySandboxes, findLeftovers, removeSpentSnapshots } from '../../workers/sandbox-housekeeping.ts';
import type { TemporalServer, TemporalServerOptions } from '../../workers/temporal-server.ts';
import type { TemporalConnection } from '../../workers/temporal-connection.ts';
import type { TemporalAccess } from './temporal-access.ts';

/** What commands ask of the outside world; tests give them another one. */
export interface Backends {
  readonly startTemporalServer: (options: TemporalServerOptions) => Promise<TemporalServer>;
  readonly openServices: (options: {
    readonly environment: Environment;
    readonly sandbox?: SandboxChoice;
    readonly say?: (what: string) => void;
  }) => Promise<OpenServices>;
  readonly startWorkers: (options: WorkersOptions) => Promise<RunningWorkers>;
  readonly openLocalServices: (options: {
    readonly environment: Environment;
    readonly sandbox?: SandboxChoice;
    readonly say?: (what: string) => void;
  }) => Promise<LocalServices>;
  readonly openBugTree: (services: Services, request: BugTreeRequest) => Promise<BugTree>;
  readonly revalidateHere: typeof revalidateHere;
  readonly destroySandboxes: typeof destroySandboxes;
  readonly findLeftovers: typeof findLeftovers;
  readonly removeSpentSnapshots: typeof removeSpentSnapshots;
  readonly checkHost: typeof checkHost;
  /** For reading what runs left behind. */
  readonly openStore: (environment: Environment) => Promise<Pick<Store, 'blobs' | 'ledger' | 'close'>>;
  /** Throws a `CommandFailure` with the way out when no server answers. */
  readonly connectTemporal: (target: TemporalConnection) => Promise<TemporalAccess>;
  /** Decrypts for whoever is let in. */
  readonly startCodecServer: (
    options: Omit<CodecServerOptions, 'codec'> & { readonly keys: readonly PayloadKey[] },
  ) => Promise<CodecServer>;
  /** The server as the environment and a profile of Temporal's own configuration file have it, as far as they do. */
  readonly configuredTemporal: (profile?: string) => Partial<TemporalConnection>;
  /** Sends what the SDK and we log to a file, or to standard error; serves figures to Prometheus where an address is given. */
  readonly startLogging: (options: {
    readonly level: string;
    readonly file?: string;
    readonly metrics?: string;
  }) => Promise<void>;
}
