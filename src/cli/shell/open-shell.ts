import type { ArtifactRow } from '../../domain/record/ledger-rows.ts';
import type { BugTree, TreeState } from '../../workers/local-shell.ts';
import type { SandboxChoice } from '../../workers/choose-sandboxes.ts';
import type { OpenServices } from '../../workers/open-services.ts';
import { findBuildableBug } from './bug-subject.ts';
import type { CommandContext } from '../command/command-context.ts';
import { CommandFailure, EXIT } from '../command/exit-codes.ts';
import { requireHome } from '../command/read-store.ts';
import { runLines } from './run-lines.ts';
import { endProgram, writeProgram } from './show-program.ts';

export interface ShellOptions {
  readonly state: TreeState;
  /** Seconds that one command may take. */
  readonly timeout: number;
  readonly sandbox: SandboxChoice;
}

/** Opens one state of a bug's tree in a fresh sandbox: for one program, or for lines until the input ends. */
export async function openShell(
  context: CommandContext,
  id: string,
  command: readonly string[],
  options: ShellOptions,
): Promise<number> {
  const { backends, environment, interrupts } = context;
  const { stop, exitCode } = interrupts();
  requireHome(environment);
  const opened = await backends.openServices({ environment, sandbox: options.sandbox });
  try {
    const tree = await openTree(context, opened, id, options);
    try {
      return await work(context, tree, command, options);
    } finally {
      await tree.close();
    }
  } catch (error) {
    if (stop.aborted) return exitCode() ?? EXIT.infrastructure;
    throw error;
  } finally {
    await opened.close();
  }
}

async function openTree(
  { backends, environment, messages, interrupts }: CommandContext,
  { services }: OpenServices,
  id: string,
  { state }: ShellOptions,
): Promise<BugTree> {
  const { artifact, subject, sandbox } = await findBuildableBug(services.store, { id, cache: environment.cache });
  const { artifactId } = artifact;
  refuseUnreadable(artifact, state);
  messages.write(`building the ${state} tree of ${artifactId} (${subject.name}) in a sandbox\n`);
  return backends.openBugTree(services, { artifactId, subject, sandbox, state, signal: interrupts().stop });
}

/** The check of the files themselves is the one that a bug has to pass before anything can be built of it. */
function refuseUnreadable({ artifactId, check }: ArtifactRow, state: TreeState): void {
  if (check !== 'artifact' || state === 'original') return;
  throw new CommandFailure(
    `bug ${artifactId} failed the check "artifact", so its tree cannot be built (\`selfplay show\` says why); --state original is there`,
    EXIT.usage,
  );
}

async function work(
  context: CommandContext,
  tree: BugTree,
  [program, ...parameters]: readonly string[],
  { state, timeout }: ShellOptions,
): Promise<number> {
  const limits = { timeoutMs: timeout * 1000, signal: context.interrupts().stop };
  if (program === undefined) return runLines(context, tree, { ...limits, prompt: `${state}:${tree.treeRoot}$ ` });
  const ended = await tree.run([program, ...parameters], limits);
  writeProgram(context, ended);
  return endProgram(context, ended, limits);
}
