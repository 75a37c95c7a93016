import type { Environment } from '../../config/environment.ts';
import type { TemporalConnection } from '../../workers/temporal-connection.ts';
import type { Backends } from '../command/backends.ts';
import { readHomeLock } from '../command/home-holder.ts';

const DEFAULT_TARGET: TemporalConnection = { address: '127.0.0.1:7233', namespace: 'default' };

export interface TargetOptions {
  readonly address?: string;
  readonly namespace?: string;
  /** Of Temporal's configuration file. */
  readonly profile?: string;
}

/**
 * The server that the user named: `--address`, else TEMPORAL_ADDRESS or Temporal's configuration file, where a profile
 * that is named and says no address means Temporal's usual one. Undefined when none is named.
 */
export function namedTarget(
  { configuredTemporal }: Pick<Backends, 'configuredTemporal'>,
  { address, namespace, profile }: TargetOptions,
): TemporalConnection | undefined {
  const configured = configuredTemporal(profile);
  const named = address ?? configured.address ?? (profile === undefined ? undefined : DEFAULT_TARGET.address);
  if (named === undefined) return undefined;
  return {
    ...DEFAULT_TARGET,
    ...configured,
    address: named,
    ...(namespace === undefined ? {} : { namespace }),
  };
}

/** The server to talk to: the one named, else the one that runs on this home, else Temporal's usual address. */
export function targetFor(
  backends: Pick<Backends, 'configuredTemporal'>,
  environment: Environment,
  options: TargetOptions,
): TemporalConnection {
  const named = namedTarget(backends, options);
  if (named !== undefined) return named;
  const address = readHomeLock(environment.home)?.address;
  return {
    ...DEFAULT_TARGET,
    ...backends.configuredTemporal(options.profile),
    ...(options.namespace === undefined ? {} : { namespace: options.namespace }),
    address: address ?? DEFAULT_TARGET.address,
  };
}
