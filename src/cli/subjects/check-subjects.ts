import { readConfiguration } from '../../config/read-configuration.ts';
import type { Configuration } from '../../config/configuration.ts';
import { closestName } from '../../config/closest-name.ts';
import { InvalidConfigError } from '../../domain/failure/errors.ts';
import type { Subject } from '../../domain/subject/subject.ts';
import type { CommandContext } from '../command/command-context.ts';
import { chooseCorpus } from './corpus-choice.ts';
import { EXIT } from '../command/exit-codes.ts';
import { writeJson } from '../text/output.ts';
import { renderSubjectCheck } from './render-subject-check.ts';
import { withChanges } from '../run/changed-configuration.ts';
import { toSubjectCheck, type SubjectCheck } from './subject-check-document.ts';

export interface CheckSubjectsOptions {
  readonly corpus?: string;
  readonly set: readonly string[];
  readonly json?: boolean;
}

/** What `subjects check --json` writes (docs/json-output.md). */
export interface SubjectChecksDocument {
  readonly corpus: string;
  readonly subjects: readonly SubjectCheck[];
}

/** Boots subjects one after the other and tells what would go wrong; Ctrl-C ends the sandboxes and gives no answer. */
export async function checkSubjects(
  context: CommandContext,
  names: readonly string[],
  options: CheckSubjectsOptions,
): Promise<number> {
  const { corpus, subjects } = chooseCorpus(options.corpus, context.environment);
  const chosen = namedSubjects(subjects, names);
  const sandbox = sandboxSettings(chosen, options.set);
  const checks = await inspectAll(context, { subjects: chosen, sandbox, shown: options.json !== true });
  if (checks === undefined) return context.interrupts().exitCode() ?? EXIT.infrastructure;
  const document: SubjectChecksDocument = { corpus, subjects: checks };
  if (options.json === true) writeJson(context.output, document);
  return checks.every(({ ok }) => ok) ? EXIT.ok : EXIT.no;
}

function namedSubjects(subjects: readonly Subject[], names: readonly string[]): readonly Subject[] {
  const known = subjects.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    const suggestion = closestName(unknown, known);
    const wayOut = suggestion === undefined ? `it holds: ${known.join(', ')}` : `did you mean "${suggestion}"?`;
    throw new InvalidConfigError(`the corpus holds no subject "${unknown}"; ${wayOut}`);
  }
  return names.length === 0 ? subjects : subjects.filter(({ name }) => names.includes(name));
}

/** Limits are those of a run's configuration, and `--set` changes them the same way. */
function sandboxSettings(subjects: readonly Subject[], changes: readonly string[]): Configuration['sandbox'] {
  const place = subjects.map(({ name }) => ({ name, directory: '.' }));
  const document = { policy: { kind: 'embedded' }, injectionGroups: 1, subjects: place };
  return withChanges(readConfiguration(document, 'the command line'), changes, 'the command line').sandbox;
}

async function inspectAll(
  { backends, environment, messages, output, interrupts }: CommandContext,
  work: { readonly subjects: readonly Subject[]; readonly sandbox: Configuration['sandbox']; readonly shown: boolean },
): Promise<readonly SubjectCheck[] | undefined> {
  const { stop } = interrupts();
  const services = await backends.openLocalServices({ environment });
  const checks: SubjectCheck[] = [];
  try {
    for (const subject of work.subjects) {
      messages.write(`checking ${subject.name}\n`);
      const check = toSubjectCheck(subject, await services.inspect({ subject, sandbox: work.sandbox, signal: stop }));
      // A command that was cancelled says nothing about the subject.
      if (stop.aborted) return undefined;
      if (work.shown) output.write(renderSubjectCheck(check, output));
      checks.push(check);
    }
    return checks;
  } catch (error) {
    if (stop.aborted) return undefined;
    throw error;
  } finally {
    await services.close();
  }
}
