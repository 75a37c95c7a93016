import { homedir, platform } from 'node:os';
import { isAbsolute, join } from 'node:path';

import {
  loadClientConfig,
  loadClientConfigProfile,
  toClientOptions,
  type ClientConfigProfile,
} from '@temporalio/envconfig';

import { InvalidConfigError } from '../domain/failure/errors.ts';

/** What Temporal's configuration file calls a profile that nobody names. */
const DEFAULT_PROFILE = 'default';

/**
 * How Temporal's own environment and configuration file say a server is reached: the profile named, else that of
 * TEMPORAL_PROFILE, else `default`, with the TEMPORAL_ variables on top. What is not said is left out.
 *
 * Throws `InvalidConfigError` that names the file for a profile that is not there, a file that is no TOML, and a
 * certificate that cannot be read.
 */
export function readTemporalProfile(profile?: string, variables: NodeJS.ProcessEnv = process.env) {
  const file = configurationFile(variables);
  const name = profile ?? variables.TEMPORAL_PROFILE;
  const set = Object.entries(variables).flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const]));
  const source = { configSource: { path: file }, overrideEnvVars: Object.fromEntries(set) };
  const load = () => {
    if (name !== undefined) requireProfile(name, Object.keys(loadClientConfig(source).profiles), file);
    const read = loadClientConfigProfile(name === undefined ? source : { ...source, profile: name });
    requireWholePair(read);
    return toClientOptions(read);
  };
  const { connectionOptions, namespace } = explaining(load, `profile ${name ?? DEFAULT_PROFILE} of ${file}`);
  const { address, apiKey, tls, metadata } = connectionOptions;
  return {
    ...(address === undefined ? {} : { address }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(typeof apiKey === 'string' ? { apiKey } : {}),
    ...(tls == null ? {} : { tls }),
    ...(metadata === undefined ? {} : { metadata }),
  };
}

function requireProfile(name: string, known: readonly string[], file: string): void {
  if (known.includes(name)) return;
  const there = known.length === 0 ? 'has none, or is not there' : `has: ${known.join(', ')}`;
  throw new InvalidConfigError(`there is no profile "${name}" in ${file}, which ${there}`);
}

/** Half of a pair would be left out in silence, and the server then refuses a client that shows no certificate. */
function requireWholePair({ tls }: ClientConfigProfile): void {
  if ((tls?.clientCert === undefined) === (tls?.clientKey === undefined)) return;
  throw new InvalidConfigError('a client certificate needs both client_cert_path and client_key_path (or their _data)');
}

function explaining<Result>(load: () => Result, what: string): Result {
  try {
    return load();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (error instanceof InvalidConfigError && reason.startsWith('there is no profile')) throw error;
    throw new InvalidConfigError(`Temporal's configuration (${what}) cannot be used: ${reason}`);
  }
}

/** Where `temporal` and the SDKs look. */
function configurationFile(variables: NodeJS.ProcessEnv): string {
  return variables.TEMPORAL_CONFIG_FILE ?? join(configurationDirectory(variables), 'temporalio', 'temporal.toml');
}

function configurationDirectory({ APPDATA, HOME, XDG_CONFIG_HOME }: NodeJS.ProcessEnv): string {
  const home = HOME ?? homedir();
  if (platform() === 'win32') return APPDATA ?? home;
  if (platform() === 'darwin') return join(home, 'Library', 'Application Support');
  return XDG_CONFIG_HOME !== undefined && isAbsolute(XDG_CONFIG_HOME) ? XDG_CONFIG_HOME : join(home, '.config');
}
