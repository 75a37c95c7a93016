import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

import Docker from 'dockerode';

import { isRecord } from '../is-record.ts';

export interface DockerEndpoint {
  /** `unix:///…`, `tcp://…`; by default that of the current context, else the usual socket. */
  readonly host?: string;
  /** Where the docker command keeps its contexts and logins: `~/.docker`, or `DOCKER_CONFIG`. */
  readonly configDirectory: string;
}

const USUAL_SOCKET = '/var/run/docker.sock';

/** A client for the same engine that the `docker` command would talk to. No connection is made. */
export function connectDocker(endpoint: DockerEndpoint): Docker {
  const host = engineHost(endpoint);
  if (host.startsWith('unix://')) return new Docker({ socketPath: host.slice('unix://'.length) });
  // The library itself reads DOCKER_TLS_VERIFY and DOCKER_CERT_PATH, as the command does.
  const { protocol, hostname, port } = new URL(host);
  const plain = protocol === 'http:' || (protocol === 'tcp:' && port !== '2376');
  return new Docker({
    host: hostname,
    port: port === '' ? 2375 : Number(port),
    ...(plain ? { protocol: 'http' } : {}),
  });
}

/** Where the engine is, for a person. */
export function engineHost({ host, configDirectory }: DockerEndpoint): string {
  return host ?? contextHost(configDirectory) ?? `unix://${USUAL_SOCKET}`;
}

/** The engine of `docker context use`: Docker Desktop, colima and rootless engines are reached through one. */
function contextHost(configDirectory: string): string | undefined {
  const name = readJson(path.join(configDirectory, 'config.json'))?.currentContext;
  if (typeof name !== 'string' || name === 'default') return undefined;
  const folder = createHash('sha256').update(name).digest('hex');
  const endpoints = readJson(path.join(configDirectory, 'contexts', 'meta', folder, 'meta.json'))?.Endpoints;
  const docker = isRecord(endpoints) ? endpoints.docker : undefined;
  return isRecord(docker) && typeof docker.Host === 'string' ? docker.Host : undefined;
}

/** A file of the docker command; undefined where it is not there or is no JSON object. */
export function readJson(file: string): Readonly<Record<string, unknown>> | undefined {
  if (!existsSync(file)) return undefined;
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return isRecord(value) ? value : undefined;
  } catch {
    // The docker command complains about a file like that itself; the usual engine still serves.
    return undefined;
  }
}
