import type { SandboxChoice } from '../../workers/choose-sandboxes.ts';
import type { WorkersOptions } from '../../workers/run-workers.ts';
import type { TemporalConnection } from '../../workers/temporal-connection.ts';
import type { CommandContext } from '../command/command-context.ts';
import { EXIT } from '../command/exit-codes.ts';
import { tellProblem } from './deployment.ts';
import { holdHome } from '../command/home-lock.ts';
import { unlessAborted } from '../command/unless-aborted.ts';
import { prepareNamespace } from '../temporal/prepare-namespace.ts';
import { metricsOf } from '../command/command-options.ts';
import { targetFor, type TargetOptions } from '../temporal/temporal-target.ts';
import { requireDisk, watchDisk } from './watch-disk.ts';

export interface WorkerOptions extends TargetOptions {
  readonly orchestrator?: boolean;
  readonly sandboxHost?: boolean;
  readonly sandbox: SandboxChoice;
  readonly metrics?: string;
}

/**
 * The workers alone, against a server that runs elsewhere. Its sandboxes outlive it, on their lease, so that a worker that
 * is restarted finds them again.
 */
export async function runWorker(context: CommandContext, options: WorkerOptions): Promise<number> {
  const { environment, backends, messages } = context;
  const roles = rolesOf(options);
  const target = targetFor(backends, environment, options);
  requireDisk(environment.home);
  // Two on one home would end each other's sandboxes.
  const held = roles.includes('sandbox-host') ? holdHome(environment.home, 'worker') : undefined;
  const disk = watchDisk(environment.home, messages);
  try {
    held?.announce(target.address);
    await backends.startLogging({ level: environment.logLevel, ...metricsOf(options) });
    const temporal = await backends.connectTemporal(target);
    try {
      await prepareNamespace(temporal, target, messages);
    } finally {
      await temporal.close();
    }
    await work(context, { target, roles, sandbox: options.sandbox });
  } finally {
    disk.stop();
    held?.release();
  }
  return EXIT.ok;
}

async function work(
  { environment, backends, messages, interrupts }: CommandContext,
  setting: Pick<WorkersOptions, 'roles'> & {
    readonly target: TemporalConnection;
    readonly sandbox: SandboxChoice;
  },
): Promise<void> {
  const { stop, hurry } = interrupts();
  const { target, roles, sandbox } = setting;
  const say = (what: string) => {
    messages.write(`${what}\n`);
  };
  const opened = await backends.openServices({ environment, sandbox, say });
  say(opened.sandboxChoice);
  try {
    const { services, inputs } = opened;
    const onProblem = tellProblem(messages);
    const workers = await backends.startWorkers({
      connection: target,
      services,
      inputs,
      environment,
      roles,
      onProblem,
      ...(environment.version === undefined ? {} : { version: environment.version }),
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
}

/** Both, unless one is asked for. */
function rolesOf({
  orchestrator,
  sandboxHost,
}: Pick<WorkerOptions, 'orchestrator' | 'sandboxHost'>): WorkersOptions['roles'] {
  if (orchestrator !== true && sandboxHost !== true) return ['orchestrator', 'sandbox-host'];
  return [
    ...(orchestrator === true ? (['orchestrator'] as const) : []),
    ...(sandboxHost === true ? (['sandbox-host'] as const) : []),
  ];
}
