import { randomUUID } from 'node:crypto';

import type { Configuration } from '../../config/configuration.ts';
import { SandboxGoneError } from '../../domain/failure/errors.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { sandboxRequest, withSandbox, type Owner } from './sandbox-request.ts';
import type { LogSandboxes, Services } from './services.ts';

interface LogSandboxRequest {
  readonly owner: Owner;
  readonly sandbox: Configuration['sandbox'];
}

type Booting = Pick<Services, 'sandboxes' | 'deployment'>;

/** A sandbox for each log that has never held another: what pays is read this way. */
export function freshLogSandboxes(services: Booting, { owner, sandbox: config }: LogSandboxRequest): LogSandboxes {
  return { use: (work) => withSandbox(services, { owner, subject: 'tools', config }, work) };
}

/** As long as the activity that gathers may take at most, with room for its clean-up; a back-stop only. */
const GATHERING_LIFETIME_SECONDS = 3_900;

/**
 * One sandbox for all logs of a gathering, which would else boot a dozen for them. Only where it keeps commands apart,
 * so that no parser knows whether it is asked for the first time; elsewhere each log has one of its own.
 */
export async function sharingLogSandbox<Result>(
  services: Booting,
  request: LogSandboxRequest,
  work: (logs: LogSandboxes) => Promise<Result>,
): Promise<Result> {
  const fresh = freshLogSandboxes(services, request);
  const id = `logs-${randomUUID()}`;
  let booting: Promise<Sandbox> | undefined;
  const boot = (): Promise<Sandbox> => {
    const { owner, sandbox: config } = request;
    const tools = { id, owner, subject: 'tools', config, lifetimeSeconds: GATHERING_LIFETIME_SECONDS } as const;
    return services.sandboxes.create(sandboxRequest(services, tools));
  };
  const logs: LogSandboxes = {
    async use(read) {
      booting ??= boot();
      const shared = await booting;
      if (!shared.apart) return fresh.use(read);
      try {
        return await read(shared);
      } catch (error) {
        // Its end, whoever brought it about, is no reason to lose the other logs.
        if (error instanceof SandboxGoneError) return fresh.use(read);
        throw error;
      }
    },
  };
  try {
    return await work(logs);
  } finally {
    if (booting !== undefined) await services.sandboxes.destroy(id);
  }
}
