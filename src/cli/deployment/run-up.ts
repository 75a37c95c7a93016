import type { SandboxChoice } from '../../workers/choose-sandboxes.ts';
import { ORCHESTRATOR_QUEUE } from '../../workflows/workflow-ids.ts';
import type { CommandContext } from '../command/command-context.ts';
import { metricsOf } from '../command/command-options.ts';
import { startDeployment, type Deployment, type DeploymentOptions } from './deployment.ts';
import { CommandFailure, EXIT } from '../command/exit-codes.ts';
import { homeOption } from '../text/format-values.ts';
import { unlessAborted } from '../command/unless-aborted.ts';
import { fields } from '../text/sections.ts';
import { namedTarget, type TargetOptions } from '../temporal/temporal-target.ts';

export interface UpOptions extends TargetOptions {
  /** Of a server of our own; either asks for one. */
  readonly port?: number;
  readonly uiPort?: number;
  readonly sandbox: SandboxChoice;
  readonly metrics?: string;
}

/** Those of Temporal's own development server. */
const USUAL_PORTS = { port: 7233, uiPort: 8233 } as const;

/** Everything in one process tree, until Ctrl-C: a server, unless one is named, and the workers. */
export async function runUp(context: CommandContext, options: UpOptions): Promise<number> {
  const { stop } = context.interrupts();
  const { sandbox } = options;
  const server = serverFor(context, options);
  const deployment = await startDeployment(context, { command: 'up', sandbox, server, ...metricsOf(options) });
  try {
    tellOtherTarget(context, options, deployment);
    context.messages.write('starting the workers\n');
    const { failure } = await deployment.startWorkers();
    context.output.write(describeUp(deployment, context));
    await unlessAborted(Promise.race([failure, new Promise<void>(() => undefined)]), stop);
  } finally {
    await deployment.stop();
  }
  context.messages.write('stopped; runs that have not ended go on with the next `selfplay up`\n');
  return EXIT.ok;
}

/**
 * A port on the command line asks for a server of our own, whatever the environment names: TEMPORAL_ADDRESS is exported for
 * the commands that talk to it.
 */
function serverFor({ backends }: CommandContext, options: UpOptions): DeploymentOptions['server'] {
  const { port, uiPort, address, profile } = options;
  const own = port !== undefined || uiPort !== undefined;
  if (own && (address !== undefined || profile !== undefined)) {
    throw new CommandFailure(
      `${address === undefined ? '--profile' : '--address'} names a server that runs, --port and --ui-port are for one that \`up\` starts; give the one or the other`,
      EXIT.usage,
    );
  }
  const named = own ? undefined : namedTarget(backends, options);
  return named ?? { port: port ?? USUAL_PORTS.port, uiPort: uiPort ?? USUAL_PORTS.uiPort };
}

/** Every other command follows what the environment names, so a server beside it would wait for them in vain. */
function tellOtherTarget({ backends, messages }: CommandContext, options: UpOptions, { target }: Deployment): void {
  const named = namedTarget(backends, options);
  if (named === undefined || named.address === target.address) return;
  messages.write(
    `the environment names the server ${named.address}, and other commands go there; for this one: export TEMPORAL_ADDRESS=${target.address}\n`,
  );
}

/** How to reach it, in words that can be pasted. */
function describeUp(
  { target, uiUrl, logFile, services }: Pick<Deployment, 'target' | 'uiUrl' | 'logFile' | 'services'>,
  { environment }: Pick<CommandContext, 'environment'>,
): string {
  const { address, namespace } = target;
  const { home, temporalBinary } = environment;
  const { backend, capabilities } = services.services.sandboxes;
  return [
    'selfplay is up\n',
    fields([
      ['Temporal', `${address}, namespace ${namespace}`],
      ...(uiUrl === undefined ? [] : [['UI', uiUrl] as const]),
      ['temporal', temporalBinary],
      ['home', home],
      ['log', logFile],
    ]),
    ...capabilities.caveats.map((caveat) => `  ${backend}: ${caveat}\n`),
    '\nStart a run with either of\n',
    `  selfplay run demo${homeOption(home)}\n`,
    `  ${temporalBinary} workflow start --address ${address} --namespace ${namespace} --task-queue ${ORCHESTRATOR_QUEUE} \\\n`,
    `    --type selfPlayTraining --workflow-id my-run --input '{"config": "demo"}'\n`,
    '\nCtrl-C stops it.\n',
  ].join('');
}
