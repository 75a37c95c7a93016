import type { SandboxChoice } from '../workers/open-services.ts';
import type { WorkersOptions } from '../workers/run-workers.ts';
import type { CommandContext } from './command-context.ts';
import { EXIT } from './exit-codes.ts';
import { unlessAborted } from './interrupts.ts';
import { prepareNamespace } from './prepare-namespace.ts';
import { targetFor, type TargetOptions } from './temporal-target.ts';

export interface WorkerOptions extends TargetOptions {
  readonly orchestrator?: boolean;
  readonly sandboxHost?: boolean;
  readonly sandbox: SandboxChoice;
}

/**
 * The workers alone, against a server that runs elsewhere. Its sandboxes outlive it, on their lease, so that a worker that
 * is restarted finds them again.
 */
export async function runWorker(context: CommandContext, options: WorkerOptions): Promise<number> {
  const { environment, backends, messages } = context;
  const { stop, hurry } = context.interrupts();
  const roles = rolesOf(options);
  const target = targetFor(backends, environment, options);
  await backends.startLogging({ level: environment.logLevel });
  const temporal = await backends.connectTemporal(target);
  try {
    await prepareNamespace(temporal, target, messages);
  } finally {
    await temporal.close();
  }
  const opened = await backends.openServices({ environment, sandbox: options.sandbox });
  try {
    const workers = await backends.startWorkers({
      connection: target,
      services: opened.services,
      inputs: opened.inputs,
      environment,
      roles,
    });
    messages.write(`working for ${target.namespace} at ${target.address} as ${roles.join(' and ')}\n`);
    try {
      await unlessAborted(workers.finished, stop);
    } finally {
      if (stop.aborted) messages.write('stopping: agents finish the turn they are in (Ctrl-C again hurries)\n');
      await unlessAborted(workers.stop(), hurry);
    }
  } finally {
    await opened.close();
  }
  return EXIT.ok;
}

/** Both, unless one is asked for. */
export function rolesOf({
  orchestrator,
  sandboxHost,
}: Pick<WorkerOptions, 'orchestrator' | 'sandboxHost'>): WorkersOptions['roles'] {
  if (orchestrator !== true && sandboxHost !== true) return ['orchestrator', 'sandbox-host'];
  return [
    ...(orchestrator === true ? (['orchestrator'] as const) : []),
    ...(sandboxHost === true ? (['sandbox-host'] as const) : []),
  ];
}
