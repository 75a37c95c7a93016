import { statSync } from 'node:fs';
import { resolve } from 'node:path';

import { addToCorpus, type CorpusEntry } from '../../config/corpus.ts';
import { InvalidConfigError } from '../../domain/failure/errors.ts';
import type { CommandContext } from '../command/command-context.ts';
import { OWN_CORPUS } from './corpus-choice.ts';
import { EXIT } from '../command/exit-codes.ts';
import { writeJson } from '../text/output.ts';
import { describeSource, toSubjectDocument, type SubjectDocument } from './subject-document.ts';

export interface AddSubjectOptions {
  readonly corpus?: string;
  readonly name?: string;
  readonly repoRoot?: string;
  readonly agentUser?: string;
  readonly environment?: string;
  readonly weight?: number;
  readonly json?: boolean;
}

/** What `subjects add --json` writes (docs/json-output.md). */
export interface AddedDocument {
  readonly corpus: string;
  readonly subject: SubjectDocument;
}

/** Writes one line to a corpus file; nothing is booted, that is what `subjects check` does. */
export function addSubject(context: CommandContext, source: string, options: AddSubjectOptions): Promise<number> {
  const corpus = options.corpus ?? OWN_CORPUS;
  if (corpus.startsWith('cache:')) {
    throw new InvalidConfigError(`${corpus} is made by scripts/setup, which would undo the change; name another file`);
  }
  const file = resolve(corpus);
  const subject = addToCorpus(file, toEntry(source, options));
  const document: AddedDocument = { corpus: file, subject: toSubjectDocument(subject) };
  if (options.json === true) writeJson(context.output, document);
  else context.output.write(`added ${subject.name} (${describeSource(document.subject)}) to ${file}\n`);
  return Promise.resolve(EXIT.ok);
}

/** Paths become absolute: whoever reads the corpus may do it from elsewhere. */
function toEntry(source: string, options: AddSubjectOptions): CorpusEntry {
  const { name, repoRoot, agentUser, environment, weight } = options;
  const common = {
    ...(name === undefined ? {} : { name }),
    ...(agentUser === undefined ? {} : { agentUser }),
    ...(weight === undefined ? {} : { weight }),
  };
  if (!isDirectory(source)) return { ...common, ...imageEntry(source, options) };
  if (repoRoot !== undefined) {
    throw new InvalidConfigError(`--repo-root is for images; the directory ${source} is the tree itself`);
  }
  if (environment !== undefined && !isDirectory(environment)) {
    throw new InvalidConfigError(`--environment: ${environment} is not a directory`);
  }
  return {
    ...common,
    directory: resolve(source),
    ...(environment === undefined ? {} : { environment: resolve(environment) }),
  };
}

// What Docker takes for an image: a registry with a port, names in lower case, a tag, a digest.
const IMAGE = /^(?:[\w.-]+(?::\d+)?\/)?[a-z0-9]+(?:[._/-]+[a-z0-9]+)*(?::[\w.-]+)?(?:@sha256:[0-9a-f]{64})?$/;

function imageEntry(
  source: string,
  { repoRoot, environment }: Pick<AddSubjectOptions, 'repoRoot' | 'environment'>,
): Pick<CorpusEntry, 'image' | 'repoRoot'> {
  if (/^[./~]|^\w+:\/\/|^git@/.test(source) || !IMAGE.test(source)) {
    throw new InvalidConfigError(
      `there is no directory ${source}, and it is not the name of an image either; clone a repository first, and add its directory`,
    );
  }
  if (environment !== undefined) {
    throw new InvalidConfigError(`--environment is for directories; the image ${source} brings its own`);
  }
  return { image: source, ...(repoRoot === undefined ? {} : { repoRoot }) };
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
