import { execFile } from 'node:child_process';
import path from 'node:path';

import type { AuthConfig } from 'dockerode';

import { readJson } from './docker-endpoint.ts';
import { isRecord } from '../is-record.ts';

// A helper asks a key ring or a cloud's own command, which may refresh a token over the network.
const HELPER_MS = 30_000;
const DOCKER_HUB = 'https://index.docker.io/v1/';

/**
 * What the docker command would log in with to the registry of an image: its credential helpers, its credential store,
 * or the login in its file. Undefined where it knows none; then the pull is anonymous.
 */
export async function findLogin(image: string, configDirectory: string): Promise<AuthConfig | undefined> {
  const config = readJson(path.join(configDirectory, 'config.json'));
  if (config === undefined) return undefined;
  const server = registryOf(image);
  const helper = textAt(config.credHelpers, server) ?? (typeof config.credsStore === 'string' ? config.credsStore : '');
  const login = helper === '' ? undefined : await askHelper(helper, server);
  return login ?? storedLogin(config.auths, server);
}

/** The first part of a name is a registry when it could be a host; everything else is on Docker Hub. */
export function registryOf(image: string): string {
  const [first = '', ...rest] = image.split('/');
  const isHost = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  return isHost ? first : DOCKER_HUB;
}

function storedLogin(auths: unknown, server: string): AuthConfig | undefined {
  if (!isRecord(auths)) return undefined;
  const entry = auths[server] ?? auths[`https://${server}`];
  if (!isRecord(entry)) return undefined;
  if (typeof entry.identitytoken === 'string') return tokenLogin(entry.identitytoken, server);
  if (typeof entry.auth !== 'string') return undefined;
  const [username = '', ...password] = Buffer.from(entry.auth, 'base64').toString().split(':');
  return username === '' ? undefined : { username, password: password.join(':'), serveraddress: server };
}

/** A helper that fails or knows nothing is no reason not to try without a login. */
function askHelper(helper: string, server: string): Promise<AuthConfig | undefined> {
  return new Promise((resolve) => {
    const child = execFile(`docker-credential-${helper}`, ['get'], { timeout: HELPER_MS }, (error, stdout) => {
      resolve(error === null ? helperLogin(stdout, server) : undefined);
    });
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(server);
  });
}

function helperLogin(text: string, server: string): AuthConfig | undefined {
  try {
    const answer: unknown = JSON.parse(text);
    if (!isRecord(answer) || typeof answer.Username !== 'string' || typeof answer.Secret !== 'string') return undefined;
    if (answer.Username === '<token>') return tokenLogin(answer.Secret, server);
    return { username: answer.Username, password: answer.Secret, serveraddress: server };
  } catch {
    return undefined;
  }
}

function tokenLogin(identitytoken: string, server: string): AuthConfig {
  // The type asks for a name and a password, which a token takes the place of.
  return Object.assign({ username: '', password: '', serveraddress: server }, { identitytoken });
}

function textAt(table: unknown, key: string): string | undefined {
  const value = isRecord(table) ? table[key] : undefined;
  return typeof value === 'string' ? value : undefined;
}
