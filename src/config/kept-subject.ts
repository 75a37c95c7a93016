import { existsSync } from 'node:fs';

import { InvalidConfigError } from '../domain/failure/errors.ts';
import type { RunRow } from '../domain/record/ledger-rows.ts';
import type { Subject } from '../domain/subject/subject.ts';
import type { Configuration } from './configuration.ts';
import { readConfiguration } from './read-configuration.ts';

/** Where and how a run built a subject, as far as that is still possible. */
export type KeptSubject =
  | { readonly found: true; readonly subject: Subject; readonly config: Configuration }
  /** `problem` goes on a sentence that has named subject and run. */
  | { readonly found: false; readonly problem: string };

/** Finds a subject in the configuration that its run keeps, on this host. */
export function findKeptSubject(
  run: RunRow,
  name: string,
  readSubjects: (config: Configuration) => readonly Subject[],
): KeptSubject {
  try {
    const config = readKeptConfiguration(run);
    const subject = readSubjects(config).find((one) => one.name === name);
    const listed = config.corpus === undefined ? 'its configuration' : `its corpus ${config.corpus}`;
    if (subject === undefined) return missing(`, and ${listed} holds no such subject any more. Put it back`);
    const { source } = subject;
    if (source.kind === 'directory' && !existsSync(source.directory))
      return missing(`, and ${source.directory} is not there any more. Put it back (scripts/setup --only subjects)`);
    return { found: true, subject, config };
  } catch (error) {
    if (error instanceof InvalidConfigError) return missing(`: ${error.message}`);
    throw error;
  }
}

/** A run keeps its whole configuration, and beside it the hash of the prompts and the library that it plays. */
function readKeptConfiguration({ runId, config }: RunRow): Configuration {
  const kept: unknown = JSON.parse(config);
  const entries = typeof kept === 'object' && kept !== null ? Object.entries(kept) : [];
  const document = Object.fromEntries(entries.filter(([key]) => key !== 'promptsHash' && key !== 'library'));
  return readConfiguration(document, `the configuration that run ${runId} keeps`);
}

function missing(problem: string): KeptSubject {
  return { found: false, problem };
}
