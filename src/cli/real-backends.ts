import type { Environment } from '../config/environment.ts';
import type { Backends } from './command/backends.ts';

/** The outside world. Loaded when a command asks for it: the Temporal SDK alone takes a second, and `--help` needs none. */
export async function createBackends({ payloadKeys }: Pick<Environment, 'payloadKeys'>): Promise<Backends> {
  const { readTemporalProfile } = await import('../config/temporal-profile.ts');
  return {
    startTemporalServer: async (options) =>
      (await import('../workers/temporal-server.ts')).startTemporalServer(options),
    openServices: async (options) => (await import('../workers/open-services.ts')).openServices(options),
    startWorkers: async (options) => (await import('../workers/run-workers.ts')).startWorkers(options),
    destroySandboxes: async (services) =>
      (await import('../workers/sandbox-housekeeping.ts')).destroySandboxes(services),
    findLeftovers: async (services) => (await import('../workers/sandbox-housekeeping.ts')).findLeftovers(services),
    removeSpentSnapshots: async (store) =>
      (await import('../workers/sandbox-housekeeping.ts')).removeSpentSnapshots(store),
    checkHost: async (environment) => (await import('../workers/host-problems.ts')).checkHost(environment),
    openLocalServices: async (options) => (await import('../workers/local-services.ts')).openLocalServices(options),
    openBugTree: async (services, request) =>
      (await import('../workers/local-shell.ts')).openBugTree(services, request),
    revalidateHere: async (services, request) =>
      (await import('../workers/local-revalidation.ts')).revalidateHere(services, request),
    openStore: async (environment) => (await import('../workers/open-store.ts')).openStore(environment),
    connectTemporal: async (target) => {
      await (await import('./temporal/probe-server.ts')).probeServer(target.address);
      return (await import('./temporal/connect-temporal.ts')).connectTemporal(target, payloadKeys);
    },
    startCodecServer: async ({ keys, ...options }) => {
      const { createPayloadCodec } = await import('../workers/payload-encryption.ts');
      return (await import('../workers/codec-server.ts')).startCodecServer({
        ...options,
        codec: createPayloadCodec(keys),
      });
    },
    configuredTemporal: (profile) => readTemporalProfile(profile),
    startLogging: async ({ metrics, ...options }) => {
      const { createLogger, installTemporalRuntime } = await import('../workers/logging.ts');
      installTemporalRuntime(createLogger(options), metrics);
    },
  };
}
