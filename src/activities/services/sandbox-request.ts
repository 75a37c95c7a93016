import { createHash, randomUUID } from 'node:crypto';

import type { Configuration } from '../../config/configuration.ts';
import type { Subject } from '../../domain/subject/subject.ts';
import type { Sandbox, SandboxRequest } from '../../sandbox/sandbox.ts';
import type { Services } from './services.ts';

/** Whose sandbox it is, for people and for the reaper. */
export interface Owner {
  readonly runId: string;
  readonly episodeId: string;
}

const MIB = 1024 * 1024;

export function sandboxRequest(
  services: Pick<Services, 'deployment'>,
  request: {
    readonly id: string;
    readonly owner: Owner;
    readonly subject: Subject | 'tools';
    readonly config: Configuration['sandbox'];
    readonly lifetimeSeconds: number;
  },
): SandboxRequest {
  const { id, owner, subject, config, lifetimeSeconds } = request;
  return {
    id,
    ...(subject === 'tools' ? { source: { kind: 'tools' } } : placeOf(subject)),
    labels: { deployment: services.deployment, run: owner.runId, episode: owner.episodeId },
    lifetimeSeconds,
    leaseSeconds: config.leaseSeconds,
    limits: {
      memoryBytes: config.memoryMib * MIB,
      processes: config.processes,
      fileBytes: config.fileMib * MIB,
      cores: config.cores,
    },
  };
}

function placeOf({ source, repoRoot, agentUser }: Subject): Pick<SandboxRequest, 'source' | 'repoRoot' | 'agentUser'> {
  return {
    source,
    ...(repoRoot === undefined ? {} : { repoRoot }),
    ...(agentUser === undefined ? {} : { agentUser }),
  };
}

/**
 * How long a sandbox of one test run may live. Its commands end long before: each keeps its own limit, which load may
 * stretch by a quarter of an hour (`LOAD_PATIENCE_MS`), and there are a dozen. A back-stop only; it is destroyed as soon
 * as the run is over, and the lease ends one whose worker is gone.
 */
const TEST_RUN_LIFETIME_SECONDS = 6 * 3600;

/**
 * A sandbox's id says nothing of its work: it names a directory of the host, and what is mounted from there shows in
 * `/proc/self/mountinfo`. Code under test would learn whether it is validated, repaired or graded. Labels hold the rest.
 */
export function neutralSandboxId(work: string): string {
  return createHash('sha256').update(work).digest('hex').slice(0, 32);
}

/** Boots a sandbox for one piece of work and destroys it after, whatever comes. */
export async function withSandbox<Result>(
  services: Pick<Services, 'sandboxes' | 'deployment'>,
  request: { readonly owner: Owner; readonly subject: Subject | 'tools'; readonly config: Configuration['sandbox'] },
  work: (sandbox: Sandbox) => Promise<Result>,
): Promise<Result> {
  const id = neutralSandboxId(randomUUID());
  const lifetimeSeconds = TEST_RUN_LIFETIME_SECONDS;
  try {
    return await work(await services.sandboxes.create(sandboxRequest(services, { ...request, id, lifetimeSeconds })));
  } finally {
    await services.sandboxes.destroy(id);
  }
}
