import { existsSync } from 'node:fs';

import { inspectImage } from './docker-build.ts';
import { callEngine } from './docker-calls.ts';
import { messageOf } from '../message-of.ts';
import { connectDocker, engineHost, type DockerEndpoint } from './docker-endpoint.ts';

// An engine on this machine answers within milliseconds, one across a network within a second. Asked at every start.
const ANSWER_MS = 5000;

/** Why Docker sandboxes cannot work with this engine, with the way out; undefined when they can. */
export async function dockerProblem(
  options: DockerEndpoint & { readonly baseImage: string; readonly toolsArchive: string },
): Promise<string | undefined> {
  const docker = connectDocker(options);
  const host = engineHost(options);
  try {
    const { OSType } = await callEngine<{ readonly OSType?: string }>('info', () => docker.info(), ANSWER_MS);
    if (OSType !== 'linux') return `the engine at ${host} runs ${OSType ?? 'unknown'} containers, and Linux is needed`;
  } catch (error) {
    return engineAbsence(host, error);
  }
  const lacking: string[] = [];
  if (!existsSync(options.toolsArchive)) lacking.push(`the tools ${options.toolsArchive}`);
  const base = await inspectImage(docker, options.baseImage).catch(() => undefined);
  if (base === undefined) lacking.push(`the image ${options.baseImage}`);
  if (lacking.length === 0) return undefined;
  return `an engine answers at ${host}, and ${lacking.join(' and ')} are missing: run scripts/setup --only docker`;
}

/** Why the engine did not answer, in one sentence: what lies behind the failed call, not how it was made. */
export function engineAbsence(host: string, error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  if (cause instanceof Error && 'code' in cause && cause.code === 'EACCES')
    return `this user may not use the engine at ${host}: sudo usermod -aG docker $USER, and log in again`;
  return `no engine answers at ${host} (${messageOf(cause)})`;
}
