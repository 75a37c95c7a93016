import type { SandboxChoice } from '../../workers/choose-sandboxes.ts';
import type { CommandContext } from '../command/command-context.ts';
import { CommandFailure, EXIT } from '../command/exit-codes.ts';
import { firstNamed } from '../show/find-shown.ts';
import { followRevalidation } from './follow-revalidation.ts';
import { readHomeLock } from '../command/home-holder.ts';
import { writeJson } from '../text/output.ts';
import { requireHome, withStore } from '../command/read-store.ts';
import { renderRevalidation } from './render-revalidation.ts';
import { requireRun } from '../records/require-run.ts';
import { readRevalidation, type RevalidationDocument } from './revalidation-document.ts';
import { createTeller } from './revalidation-teller.ts';
import { nextRunId } from '../temporal/run-ids.ts';
import { namedTarget, targetFor, type TargetOptions } from '../temporal/temporal-target.ts';
import type { RevalidationEnd } from './revalidation-document.ts';

export interface RevalidateOptions extends TargetOptions {
  readonly run?: string;
  readonly subject?: string;
  readonly consistentOnly?: boolean;
  readonly limit?: number;
  readonly again?: boolean;
  readonly sandbox: SandboxChoice;
  readonly json?: boolean;
}

/** Re-runs today's checks on stored artifacts, with no model call, and shows what changed. */
export async function revalidateBugs(
  context: CommandContext,
  bugs: readonly string[],
  options: RevalidateOptions,
): Promise<number> {
  requireHome(context.environment);
  const { output } = context;
  const { input, known } = await withStore(context, async ({ ledger }) => {
    await requireRun({ ledger }, options.run);
    const names = await Promise.all(bugs.map((bug) => artifactIdOf({ ledger }, bug)));
    const input = inputOf(names, options);
    return { input, known: await ledger.listRevalidationIds() };
  });
  const durable = namedTarget(context.backends, options) ?? serverAtHome(context, options);
  const end = await (durable === undefined
    ? revalidateInProcess(context, nextRunId('revalidation', new Date(), known), input, options)
    : followRevalidation(context, durable, known, input));
  const document = await withStore(context, (store) => readRevalidation(store, input, end.revalidationId));
  if (options.json === true) writeJson(output, document);
  else output.write(renderRevalidation(document, output));
  return end.exitCode ?? exitCodeOf(document);
}

/** A server that runs on this home has workers beside it. */
function serverAtHome({ backends, environment }: CommandContext, options: RevalidateOptions) {
  const running = readHomeLock(environment.home)?.address !== undefined;
  return running ? targetFor(backends, environment, options) : undefined;
}

async function revalidateInProcess(
  { backends, environment, messages, interrupts }: CommandContext,
  revalidationId: string,
  input: object,
  { sandbox }: RevalidateOptions,
): Promise<RevalidationEnd> {
  const { stop, exitCode } = interrupts();
  const opened = await backends.openServices({ environment, sandbox });
  const tell = createTeller((line) => {
    messages.write(line);
  });
  try {
    const request = { revalidationId, input, tell, signal: stop, say: () => undefined };
    await backends.revalidateHere(opened, request);
    return { revalidationId, exitCode: undefined };
  } catch (error) {
    if (!stop.aborted) throw error;
    messages.write('stopped; the same command goes on with the artifacts that are left\n');
    return { revalidationId, exitCode: exitCode() ?? EXIT.infrastructure };
  } finally {
    await opened.close();
  }
}

async function artifactIdOf(store: Parameters<typeof firstNamed>[0], bug: string): Promise<string> {
  const artifact = await firstNamed(store, bug, (name) => store.ledger.findArtifact(name));
  if (artifact === undefined)
    throw new CommandFailure(`no bug has the id ${bug}. \`selfplay bugs\` lists those that were accepted`, EXIT.usage);
  if (artifact.order === 1) return artifact.artifactId;
  throw new CommandFailure(
    `${artifact.artifactId} is of second order: its checks are those of its parent. Name ${artifact.parentArtifactId ?? 'that'}`,
    EXIT.usage,
  );
}

function inputOf(
  artifacts: readonly string[],
  { run, subject, consistentOnly = false, limit, again = false }: RevalidateOptions,
) {
  if (artifacts.length > 0 && (run !== undefined || subject !== undefined || consistentOnly)) {
    throw new CommandFailure(
      'name bugs, or choose them with --run, --subject and --consistent-only, not both',
      EXIT.usage,
    );
  }
  return {
    ...(artifacts.length === 0 ? {} : { artifacts }),
    ...(run === undefined ? {} : { run }),
    ...(subject === undefined ? {} : { subject }),
    ...{ consistentOnly, again },
    ...(limit === undefined ? {} : { limit }),
  };
}

function exitCodeOf({ changed, notDone }: RevalidationDocument): number {
  if (changed > 0) return EXIT.no;
  return notDone > 0 ? EXIT.infrastructure : EXIT.ok;
}
