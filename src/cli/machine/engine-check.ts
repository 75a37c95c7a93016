import { request, type RequestOptions } from 'node:http';

import { z } from 'zod';

import { messageOf } from '../command/exit-codes.ts';
import { note, ok, problem, type Diagnosis } from './machine-checks.ts';

/** An engine answers within milliseconds; one that pulls images at full speed within a second. */
const ENGINE_TIMEOUT_MS = 5_000;

const DEFAULT_SOCKET = '/var/run/docker.sock';

const versionFormat = z.object({ Version: z.string(), ApiVersion: z.string().optional() });

/** Whether a container engine answers: at the address that is named, else at Docker's usual socket. */
export async function engineDiagnosis(dockerHost: string | undefined, socket = DEFAULT_SOCKET): Promise<Diagnosis> {
  const place = dockerHost ?? `unix://${socket}`;
  const target = targetOf(place);
  if (target === undefined)
    return note(
      'engine',
      `${place} is not asked: only unix:// and tcp:// are`,
      'docker version says whether it answers',
    );
  try {
    const { Version, ApiVersion } = versionFormat.parse(JSON.parse(await get({ ...target, path: '/version' })));
    return ok('engine', `${Version}${ApiVersion === undefined ? '' : `, API ${ApiVersion}`} at ${place}`);
  } catch (error) {
    const detail = `no engine answers at ${place}: ${messageOf(error)}`;
    // Without one there are bubblewrap sandboxes; an address that somebody wrote down is meant.
    return (dockerHost === undefined ? note : problem)('engine', detail, remedyFor(error, dockerHost));
  }
}

function targetOf(place: string): RequestOptions | undefined {
  if (place.startsWith('unix://')) return { socketPath: place.slice('unix://'.length) };
  if (!URL.canParse(place)) return undefined;
  const { protocol, hostname, port } = new URL(place);
  return protocol === 'tcp:' || protocol === 'http:' ? { host: hostname, port: port === '' ? 2375 : port } : undefined;
}

function get(options: RequestOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    const asking = request({ ...options, signal: AbortSignal.timeout(ENGINE_TIMEOUT_MS) }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('error', reject).on('end', () => {
        if (response.statusCode === 200) resolve(text);
        else reject(new Error(`it answers ${response.statusCode ?? 'nothing'}`));
      });
    });
    asking.on('error', reject).end();
  });
}

function remedyFor(error: unknown, dockerHost: string | undefined): string {
  if (error instanceof Error && 'code' in error && error.code === 'EACCES')
    return 'let this user use it: sudo usermod -aG docker $USER, and log in again';
  return dockerHost === undefined
    ? 'only container images need one: apt-get install docker.io, or systemctl start docker'
    : 'start that engine, or unset DOCKER_HOST';
}
