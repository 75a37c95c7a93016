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
    /** What it is for: the same id for the same work, so that what one try left behind is found. */
    readonly work?: string;
    readonly owner: Owner;
    readonly subject: Subject | 'tools';
    readonly config: Configuration['sandbox'];
    readonly lifetimeSeconds: number;
  },
): SandboxRequest {
  const { work = randomUUID(), owner, subject, config, lifetimeSeconds } = request;
  return {
    id: neutralSandboxId(work),
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
 * How long a sandbox of a check may live: as long as the check (src/workflows/activity-proxies.ts). A back-stop only; it
 * is destroyed as soon as its work is done, and the lease ends one whose worker is gone.
 */
export const CHECK_LIFETIME_SECONDS = 6 * 3600;

/**
 * A sandbox's id says nothing of its work: it names a directory of the host, and what is mounted from there shows in
 * `/proc/self/mountinfo`. Code under test would learn whether it is validated, repaired or graded. Labels hold the rest.
 */
function neutralSandboxId(work: string): string {
  return createHash('sha256').update(work).digest('hex').slice(0, 32);
}

/** Boots a sandbox for one piece of work and destroys it after, whatever comes. */
export async function withSandbox<Result>(
  services: Pick<Services, 'sandboxes' | 'deployment'>,
  request: { readonly owner: Owner; readonly subject: Subject | 'tools'; readonly config: Configuration['sandbox'] },
  work: (sandbox: Sandbox) => Promise<Result>,
): Promise<Result> {
  const asked = sandboxRequest(services, { ...request, lifetimeSeconds: CHECK_LIFETIME_SECONDS });
  try {
    return await work(await services.sandboxes.create(asked));
  } finally {
    await services.sandboxes.destroy(asked.id);
  }
}
