import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { bootsUntil, type SandboxLabels, type SandboxRequest } from '../sandbox.ts';
import { isRecord } from '../is-record.ts';

const FILE = 'sandbox.json';

/** What lies beside a sandbox from its first moment, so that also a half-made one tells whose it is. */
export interface SandboxDescription {
  readonly labels: SandboxLabels;
  readonly createdAtMs: number;
  readonly bootsUntilMs: number;
  readonly expiresAtMs: number;
}

export function describeSandbox(
  request: SandboxRequest,
  own: { readonly bwrap: string; readonly environment: Readonly<Record<string, string>>; readonly nowMs: number },
): string {
  const { id, labels, source, compiled, limits, leaseSeconds, lifetimeSeconds } = request;
  return JSON.stringify({
    format: 'sandbox-1',
    ...{ id, labels, source, limits, leaseSeconds, lifetimeSeconds },
    compiled: compiled?.directory ?? null,
    bwrap: own.bwrap,
    environment: own.environment,
    createdAtMs: own.nowMs,
    expiresAtMs: own.nowMs + lifetimeSeconds * 1000,
  });
}

/** The description in a sandbox's directory; undefined when there is none (any more). */
export async function findDescription(directory: string): Promise<SandboxDescription | undefined> {
  const text = await readFile(path.join(directory, FILE), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  return readDescription(text);
}

export function descriptionPath(directory: string): string {
  return path.join(directory, FILE);
}

function readDescription(text: string): SandboxDescription | undefined {
  const value = parse(text);
  if (!isRecord(value) || !isRecord(value.labels)) return undefined;
  const { deployment, run, episode } = value.labels;
  return {
    labels: { deployment: String(deployment), run: String(run), episode: String(episode) },
    createdAtMs: Number(value.createdAtMs),
    bootsUntilMs: bootsUntil({ leaseSeconds: Number(value.leaseSeconds) }, Number(value.createdAtMs)),
    expiresAtMs: Number(value.expiresAtMs),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A disk that was full when it was written: as good as no description.
    return undefined;
  }
}
