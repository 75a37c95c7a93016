import type { Configuration } from '../../config/configuration.ts';
import { SandboxGoneError } from '../../domain/failure/errors.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { CHECK_LIFETIME_SECONDS, sandboxRequest, withSandbox, type Owner } from './sandbox-request.ts';
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
  const { owner, sandbox: config } = request;
  const tools = { owner, subject: 'tools', config, lifetimeSeconds: CHECK_LIFETIME_SECONDS } as const;
  const asked = sandboxRequest(services, tools);
  let booting: Promise<Sandbox> | undefined;
  const logs: LogSandboxes = {
    async use(read) {
      booting ??= services.sandboxes.create(asked);
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
    if (booting !== undefined) await services.sandboxes.destroy(asked.id);
  }
}
