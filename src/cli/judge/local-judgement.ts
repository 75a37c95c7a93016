import { statSync } from 'node:fs';

import { readSubjects } from '../../config/corpus.ts';
import { readConfiguration } from '../../config/read-configuration.ts';
import { InvalidConfigError } from '../../domain/failure/errors.ts';
import type { SandboxChoice } from '../../workers/choose-sandboxes.ts';
import type { LocalServices, ValidationRequest } from '../../workers/local-services.ts';
import type { CommandContext } from '../command/command-context.ts';
import { withChanges } from '../run/changed-configuration.ts';

/** What `validate` and `grade` are told of a subject and an artifact. */
export interface JudgementOptions {
  readonly source?: string;
  readonly image?: string;
  readonly environment?: string;
  readonly repoRoot?: string;
  readonly agentUser?: string;
  readonly artifact: string;
  readonly sandbox: SandboxChoice;
  readonly set: readonly string[];
  readonly json?: boolean;
}

/** Judges with the code of episodes, no server; Ctrl-C ends the sandboxes and gives no answer. */
export async function judge<Judgement>(
  context: CommandContext,
  options: JudgementOptions,
  ask: (services: LocalServices, request: ValidationRequest) => Promise<Judgement>,
): Promise<Judgement | undefined> {
  const { backends, environment, messages, interrupts } = context;
  const { stop } = interrupts();
  const setting = toSetting(options, environment.cache);
  const say = (what: string) => {
    messages.write(`${what}\n`);
  };
  const services = await backends.openLocalServices({ environment, sandbox: options.sandbox, say });
  try {
    return await ask(services, { ...setting, signal: stop, say });
  } catch (error) {
    if (stop.aborted) return undefined;
    throw error;
  } finally {
    await services.close();
  }
}

/** Defaults and limits are those of a run's configuration, and `--set` changes them the same way. */
function toSetting(
  { source, image, environment, repoRoot, agentUser, artifact, set }: JudgementOptions,
  cache: string,
): Omit<ValidationRequest, 'signal' | 'say'> {
  if ((source === undefined) === (image === undefined)) {
    throw new InvalidConfigError('give either --source DIR or --image IMAGE');
  }
  if (source !== undefined) requireDirectory(source, '--source');
  requireDirectory(artifact, '--artifact');
  const place = { directory: source, image, environment, repoRoot, agentUser };
  const subject = Object.fromEntries(Object.entries(place).filter(([, value]) => value !== undefined));
  const document = { policy: { kind: 'embedded' }, injectionGroups: 1, subjects: [subject] };
  const config = withChanges(readConfiguration(document, 'the command line'), set, 'the command line');
  const [only] = readSubjects(config, cache);
  if (only === undefined) throw new InvalidConfigError('no subject is left to judge the artifact on');
  const { validation, sandbox, grading } = config;
  return { subject: only, artifactDirectory: artifact, validation, sandbox, grading };
}

function requireDirectory(path: string, option: string): void {
  const status = statSync(path, { throwIfNoEntry: false });
  if (status === undefined) throw new InvalidConfigError(`${option}: there is no ${path}`);
  if (!status.isDirectory()) throw new InvalidConfigError(`${option}: ${path} is not a directory`);
}
