import { existsSync } from 'node:fs';

import type { Configuration } from '../config/configuration.ts';
import { readSubjects } from '../config/corpus.ts';
import { readConfiguration } from '../config/read-configuration.ts';
import { InvalidConfigError } from '../domain/errors.ts';
import type { ArtifactRow, RunRow } from '../domain/ledger-rows.ts';
import type { Subject } from '../domain/subject.ts';
import type { Store } from '../store/store.ts';
import { CommandFailure, EXIT } from './exit-codes.ts';
import { firstNamed } from './find-shown.ts';

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
  const { artifactId, runId } = artifact;
  const run = runId === null ? undefined : await ledger.findRun(runId);
  if (run === undefined)
    throw unusable(`no run keeps the configuration of ${artifactId}, so its subject ${artifact.subject} is not known`);
  const config = readKeptConfiguration(run);
  const subject = findSubject(artifact, run, config, cache);
  return { artifact, subject, sandbox: config.sandbox };
}

/** A run keeps its whole configuration, and the hash of the prompts beside it. */
function readKeptConfiguration({ runId, config }: RunRow): Configuration {
  const kept: unknown = JSON.parse(config);
  const entries = typeof kept === 'object' && kept !== null ? Object.entries(kept) : [];
  const document = Object.fromEntries(entries.filter(([key]) => key !== 'promptsHash'));
  return readConfiguration(document, `the configuration that run ${runId} keeps`);
}

function findSubject(
  { artifactId, subject: name }: ArtifactRow,
  { runId }: RunRow,
  config: Configuration,
  cache: string,
) {
  const listed = config.corpus === undefined ? 'its configuration' : `its corpus ${config.corpus}`;
  const of = `bug ${artifactId} is of the subject ${name} of run ${runId}`;
  try {
    const subject = readSubjects(config, cache).find((one) => one.name === name);
    if (subject === undefined) throw unusable(`${of}, and ${listed} holds no such subject any more. Put it back`);
    const { source } = subject;
    if (source.kind === 'directory' && !existsSync(source.directory))
      throw unusable(
        `${of}, and ${source.directory} is not there any more. Put it back (scripts/setup --only subjects)`,
      );
    return subject;
  } catch (error) {
    if (error instanceof InvalidConfigError) throw unusable(`${of}: ${error.message}`);
    throw error;
  }
}

function unusable(message: string): CommandFailure {
  return new CommandFailure(message, EXIT.usage);
}
