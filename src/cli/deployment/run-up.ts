import type { SandboxChoice } from '../../workers/choose-sandboxes.ts';
import { ORCHESTRATOR_QUEUE } from '../../workflows/workflow-ids.ts';
import type { CommandContext } from '../command/command-context.ts';
import { metricsOf } from '../command/command-options.ts';
import { startDeployment, type Deployment } from './deployment.ts';
import { EXIT } from '../command/exit-codes.ts';
import { homeOption } from '../text/format-values.ts';
import { unlessAborted } from '../command/interrupts.ts';
import { fields } from '../text/sections.ts';
import { namedTarget, type TargetOptions } from '../temporal/temporal-target.ts';

export interface UpOptions extends TargetOptions {
  readonly port: number;
  readonly uiPort: number;
  readonly sandbox: SandboxChoice;
  readonly metrics?: string;
}

/** Everything in one process tree, until Ctrl-C: a server, unless one is named, and the workers. */
export async function runUp(context: CommandContext, options: UpOptions): Promise<number> {
  const { stop } = context.interrupts();
  const { port, uiPort, sandbox } = options;
  const server = namedTarget(context.backends, options) ?? { port, uiPort };
  const deployment = await startDeployment(context, { command: 'up', sandbox, server, ...metricsOf(options) });
  try {
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
