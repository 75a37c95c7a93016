import type { Configuration } from '../../config/configuration.ts';
import { readSubjects } from '../../config/corpus.ts';
import { findKeptSubject } from '../../config/kept-subject.ts';
import type { ArtifactRow } from '../../domain/record/ledger-rows.ts';
import type { Subject } from '../../domain/subject/subject.ts';
import type { Store } from '../../store/store.ts';
import { CommandFailure, EXIT } from '../command/exit-codes.ts';
import { firstNamed } from '../show/find-shown.ts';

/** A stored bug with what its run says about where and how to build it. */
export interface BuildableBug {
  readonly artifact: ArtifactRow;
  readonly subject: Subject;
  readonly sandbox: Configuration['sandbox'];
}

/** Finds a bug as `show` does, and its subject in the configuration that its run keeps. */
export async function findBuildableBug(
  { ledger }: Pick<Store, 'ledger'>,
  { id, cache }: { readonly id: string; readonly cache: string },
): Promise<BuildableBug> {
  const artifact = await firstNamed({ ledger }, id, (name) => ledger.findArtifact(name));
  if (artifact === undefined)
    throw unusable(`no bug has the id ${id}. \`selfplay bugs\` lists them; an episode's bug is EPISODE/bug`);
  const { artifactId, runId, subject: name } = artifact;
  const run = runId === null ? undefined : await ledger.findRun(runId);
  if (run === undefined)
    throw unusable(`no run keeps the configuration of ${artifactId}, so its subject ${name} is not known`);
  const kept = findKeptSubject(run, name, (config) => readSubjects(config, cache));
  if (!kept.found) throw unusable(`bug ${artifactId} is of the subject ${name} of run ${run.runId}${kept.problem}`);
  return { artifact, subject: kept.subject, sandbox: kept.config.sandbox };
}

function unusable(message: string): CommandFailure {
  return new CommandFailure(message, EXIT.usage);
}
