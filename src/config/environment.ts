import { homedir, hostname } from 'node:os';
import { join, resolve } from 'node:path';

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
  readonly logLevel: string;
  /** Where the store is, when it is not in the home: `SELFPLAY_STORE`, a YAML file (docs/configuration.md). */
  readonly storeFile?: string;
}

export function readEnvironment(variables: NodeJS.ProcessEnv = process.env): Environment {
  const cache = variables.SELFPLAY_CACHE ?? join(variables.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'swe-selfplay');
  return {
    home: resolve(variables.SELFPLAY_HOME ?? '.selfplay'),
    cache,
    temporalBinary: variables.SELFPLAY_TEMPORAL ?? join(cache, 'bin', 'temporal'),
    hostId: variables.SELFPLAY_HOST_ID ?? hostname(),
    logLevel: variables.SELFPLAY_LOG_LEVEL ?? 'info',
    ...(variables.SELFPLAY_STORE ? { storeFile: resolve(variables.SELFPLAY_STORE) } : {}),
  };
}

/** The value of a secret that a configuration names. Undefined when the variable is not set or empty. */
export function readSecret(variable: string, variables: NodeJS.ProcessEnv = process.env): string | undefined {
  const value = variables[variable];
  return value === '' ? undefined : value;
}
