import { existsSync } from 'node:fs';
import { availableParallelism, homedir, hostname } from 'node:os';
import { join, resolve } from 'node:path';

import { InvalidConfigError } from '../domain/failure/errors.ts';
import { readPayloadKeys, type PayloadKey } from './payload-keys.ts';

/** What the process environment says; nothing else in the project reads `process.env`. */
export interface Environment {
  /** Everything that runs leave behind: store, server database, sandboxes. `SELFPLAY_HOME`, by default `./.selfplay`. */
  readonly home: string;
  /** Downloads and builds that any checkout may share. `SELFPLAY_CACHE`, by default `~/.cache/swe-selfplay`. */
  readonly cache: string;
  /** An explicit Temporal binary, `SELFPLAY_TEMPORAL`; by default the one that set-up left in the cache. */
  readonly temporalBinary: string;
  /** Stable across restarts of a worker on this host, so that it finds its sandboxes again. `SELFPLAY_HOST_ID`. */
  readonly hostId: string;
  /** Sandboxes that rollouts may hold on this host at once. `SELFPLAY_CAPACITY`. */
  readonly capacity: number;
  /** Which version of the workflows' code a worker runs, where several run beside each other. */
  readonly version?: WorkerVersion;
  /** With which payloads are encrypted before the Temporal server sees them, the first, and decrypted: `SELFPLAY_PAYLOAD_KEYS`. */
  readonly payloadKeys?: readonly PayloadKey[];
  readonly logLevel: string;
  /** Where the store is, when it is not in the home: `SELFPLAY_STORE`, a YAML file (docs/configuration.md). */
  readonly storeFile?: string;
  readonly docker: DockerEnvironment;
}

/** As the server knows it, and as Temporal's controller for Kubernetes says it. */
export interface WorkerVersion {
  /** `TEMPORAL_DEPLOYMENT_NAME`: what all versions have in common. */
  readonly deploymentName: string;
  /** `TEMPORAL_WORKER_BUILD_ID`: what tells this one. */
  readonly buildId: string;
}

/** The engine, as the docker command finds it, and what sandboxes of directories are made from. */
export interface DockerEnvironment {
  /** `DOCKER_HOST`; by default the engine of the current context. */
  readonly host?: string;
  /** Contexts and logins of the docker command: `DOCKER_CONFIG`, by default `~/.docker`. */
  readonly configDirectory: string;
  /** An image with Python and git: `SELFPLAY_BASE_IMAGE`, by default the one that set-up makes. */
  readonly baseImage: string;
}

/** Agents wait for their model far more than they compute, and a sandbox that waits costs a few MiB. */
const PLACES_PER_CORE = 8;

/** Throws `InvalidConfigError` for a value that is none. */
export function readEnvironment(variables: NodeJS.ProcessEnv = process.env): Environment {
  const cache = cacheOf(variables);
  return {
    home: resolve(variables.SELFPLAY_HOME ?? '.selfplay'),
    cache,
    temporalBinary: variables.SELFPLAY_TEMPORAL ?? join(cache, 'bin', 'temporal'),
    hostId: variables.SELFPLAY_HOST_ID ?? hostname(),
    capacity: readCapacity(variables.SELFPLAY_CAPACITY),
    ...readVersion(variables),
    ...keysOf(variables),
    logLevel: variables.SELFPLAY_LOG_LEVEL ?? 'info',
    ...(variables.SELFPLAY_STORE ? { storeFile: resolve(variables.SELFPLAY_STORE) } : {}),
    docker: {
      ...(variables.DOCKER_HOST === undefined || variables.DOCKER_HOST === '' ? {} : { host: variables.DOCKER_HOST }),
      configDirectory: variables.DOCKER_CONFIG ?? join(homedir(), '.docker'),
      baseImage: variables.SELFPLAY_BASE_IMAGE ?? 'selfplay/base-system:latest',
    },
  };
}

/** The folder that a person has to add to PATH to type `selfplay`; undefined where it is there, or nowhere to be found. */
export function folderOfCommand(variables: NodeJS.ProcessEnv = process.env): string | undefined {
  const hasCommand = (folder: string) => existsSync(join(folder, 'selfplay'));
  const folder = join(cacheOf(variables), 'bin');
  return hasCommand(folder) && !(variables.PATH ?? '').split(':').some(hasCommand) ? folder : undefined;
}

function cacheOf(variables: NodeJS.ProcessEnv): string {
  return variables.SELFPLAY_CACHE ?? join(variables.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'swe-selfplay');
}

function readCapacity(value: string | undefined): number {
  if (value === undefined || value === '') return PLACES_PER_CORE * availableParallelism();
  const capacity = /^\d+$/.test(value) ? Number(value) : 0;
  if (capacity >= 1 && capacity <= 10_000) return capacity;
  throw new InvalidConfigError(`SELFPLAY_CAPACITY is a number of sandboxes from 1 to 10000, not "${value}"`);
}

function keysOf({ SELFPLAY_PAYLOAD_KEYS }: NodeJS.ProcessEnv): Pick<Environment, 'payloadKeys'> {
  const payloadKeys = readPayloadKeys(SELFPLAY_PAYLOAD_KEYS);
  return payloadKeys.length === 0 ? {} : { payloadKeys };
}

function readVersion(variables: NodeJS.ProcessEnv): Pick<Environment, 'version'> {
  const { TEMPORAL_DEPLOYMENT_NAME: deploymentName = '', TEMPORAL_WORKER_BUILD_ID: buildId = '' } = variables;
  if (deploymentName === '' && buildId === '') return {};
  if (deploymentName !== '' && buildId !== '') return { version: { deploymentName, buildId } };
  throw new InvalidConfigError(
    `a version of a worker has a name and a build: set both TEMPORAL_DEPLOYMENT_NAME and TEMPORAL_WORKER_BUILD_ID, or neither`,
  );
}

/** The value of a secret that a configuration names. Undefined when the variable is not set or empty. */
export function readSecret(variable: string, variables: NodeJS.ProcessEnv = process.env): string | undefined {
  const value = variables[variable];
  return value === '' ? undefined : value;
}
