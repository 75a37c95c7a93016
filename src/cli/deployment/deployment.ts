import { join } from 'node:path';

import type { SandboxChoice } from '../../workers/choose-sandboxes.ts';
import type { OpenServices } from '../../workers/open-services.ts';
import type { RunningWorkers } from '../../workers/run-workers.ts';
import type { TemporalConnection } from '../../workers/temporal-connection.ts';
import type { CommandContext } from '../command/command-context.ts';
import { metricsOf } from '../command/command-options.ts';
import { messageOf } from '../command/exit-codes.ts';
import { countOf } from '../text/format-values.ts';
import { keepServer, type KeptServer } from './keep-server.ts';
import { holdHome, type HeldHome } from '../command/home-lock.ts';
import { unlessAborted } from '../command/unless-aborted.ts';
import type { Output } from '../text/output.ts';
import { prepareNamespace } from '../temporal/prepare-namespace.ts';
import type { TemporalAccess } from '../command/temporal-access.ts';
import { requireDisk, watchDisk } from './watch-disk.ts';

export interface DeploymentOptions {
  /** The command that holds the home, and the name of its log. */
  readonly command: string;
  readonly sandbox: SandboxChoice;
  /** A server that runs already, or the ports for one of our own; 0 is any free port. */
  readonly server: TemporalConnection | { readonly port: number; readonly uiPort: number };
  /** Where the workers' figures are served to Prometheus. */
  readonly metrics?: string;
}

/** A whole selfplay on this machine: server, services and workers in one process tree. */
export interface Deployment {
  readonly target: TemporalConnection;
  /** Of a server of our own. */
  readonly uiUrl: string | undefined;
  readonly logFile: string;
  readonly temporal: TemporalAccess;
  readonly services: OpenServices;
  /** Rejects when a worker fails, or the server is given up; never settles otherwise. */
  startWorkers(): Promise<{ readonly failure: Promise<never> }>;
  /** Ends everything that the deployment started, sandboxes included; a second Ctrl-C makes it wait for nothing. */
  stop(): Promise<void>;
}

export async function startDeployment(context: CommandContext, options: DeploymentOptions): Promise<Deployment> {
  const { environment, backends, messages } = context;
  const logFile = join(environment.home, 'logs', `${options.command}.log`);
  requireDisk(environment.home);
  const opened: Opened = {
    held: holdHome(environment.home, options.command),
    disk: watchDisk(environment.home, messages),
  };
  try {
    await backends.startLogging({ level: environment.logLevel, file: logFile, ...metricsOf(options) });
    const target = 'address' in options.server ? options.server : await startServer(context, opened, options.server);
    opened.held.announce(target.address);
    const temporal = await backends.connectTemporal(target);
    opened.temporal = temporal;
    await prepareNamespace(temporal, target, messages);
    const say = (what: string) => {
      messages.write(`${what}\n`);
    };
    const services = await backends.openServices({ environment, sandbox: options.sandbox, say });
    opened.services = services;
    say(services.sandboxChoice);
    return {
      ...{ target, logFile, temporal, services },
      uiUrl: opened.server?.uiUrl,
      startWorkers: async () => {
        opened.workers = await backends.startWorkers({
          ...{ connection: target, environment, services: services.services, inputs: services.inputs },
          roles: ['orchestrator', 'sandbox-host'],
          onProblem: tellProblem(messages),
        });
        return { failure: failureOf(opened.workers, opened.server) };
      },
      stop: () => stop(context, opened),
    };
  } catch (error) {
    await stop(context, opened);
    throw error;
  }
}

/** Sandboxes that could not be looked after; the next sweep tries again. */
export function tellProblem(messages: Output): (problem: unknown) => void {
  return (problem) => {
    messages.write(`sandboxes: ${messageOf(problem)}\n`);
  };
}

/** What has been started so far, and so has to be ended. */
interface Opened {
  readonly held: HeldHome;
  readonly disk: { stop(): void };
  server?: KeptServer;
  temporal?: TemporalAccess;
  services?: OpenServices;
  workers?: RunningWorkers;
}

async function startServer(
  { environment, backends, messages }: CommandContext,
  opened: Opened,
  ports: { readonly port: number; readonly uiPort: number },
): Promise<TemporalConnection> {
  messages.write('starting the Temporal server\n');
  const [binary, home] = [environment.temporalBinary, join(environment.home, 'temporal')];
  opened.server = await keepServer({
    ports,
    start: (at) => backends.startTemporalServer({ binary, home, ...at }),
    tell: (line) => {
      messages.write(`${line}\n`);
    },
  });
  const { address, namespace } = opened.server;
  return { address, namespace };
}

/** Only how workers fail is of interest here: that they end is what `stop` waits for. */
function failureOf({ finished }: RunningWorkers, server: KeptServer | undefined): Promise<never> {
  const workersFailure = finished.then(() => new Promise<never>(() => undefined));
  const failure = Promise.race([workersFailure, ...(server === undefined ? [] : [server.failure])]);
  failure.catch(() => undefined);
  return failure;
}

const STOPPING = 'stopping: agents finish the turn they are in (seconds, rarely minutes; Ctrl-C again hurries)\n';

async function stop({ interrupts, messages, backends }: CommandContext, opened: Opened): Promise<void> {
  const { held, disk, server, temporal, services, workers } = opened;
  const { stop: asked, hurry } = interrupts();
  await inOrder([
    async () => {
      if (workers === undefined) return;
      if (asked.aborted) messages.write(STOPPING);
      await unlessAborted(workers.stop(), hurry);
    },
    async () => {
      if (services === undefined) return;
      const destroyed = await backends.destroySandboxes(services.services);
      if (destroyed.length > 0) messages.write(`ended ${countOf(destroyed.length, 'sandbox', 'sandboxes')}\n`);
    },
    async () => temporal?.close(),
    async () => services?.close(),
    async () => server?.stop(),
    () => {
      disk.stop();
      held.release();
      return Promise.resolve();
    },
  ]);
}

/** Every step is taken, whatever happens to those before it; the first failure is thrown at the end. */
async function inOrder(steps: readonly (() => Promise<void>)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const step of steps) await step().catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw failures[0];
}
