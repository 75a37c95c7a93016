import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { readSubjects } from '../../src/config/corpus.ts';
import { readEnvironment } from '../../src/config/environment.ts';
import type { Subject } from '../../src/domain/subject/subject.ts';
import type { Project } from './trial.ts';

/** A real package that set-up has put into the corpus. */
export function corpusSubject(name: string): Subject {
  const subjects = readSubjects({ corpus: 'cache:all.jsonl', subjects: undefined }, readEnvironment().cache);
  const subject = subjects.find((candidate) => candidate.name === name);
  if (subject === undefined) throw new RangeError(`the corpus has no ${name}; run scripts/setup --only subjects`);
  return subject;
}

/** A project made of a corpus subject: `edits` gives the text of each touched file in its three states. */
export function corpusProject({
  name,
  bug,
  weakening,
  ...project
}: Pick<Project, 'language' | 'testScript' | 'testFiles' | 'testParser'> & {
  readonly name: string;
  readonly bug: Readonly<Record<string, (text: string) => string>>;
  readonly weakening: Readonly<Record<string, (text: string) => string>>;
}): Project {
  const { source } = corpusSubject(name);
  if (source.kind !== 'directory') throw new RangeError(`${name} of the corpus is no directory`);
  const { directory } = source;
  const paths = [...Object.keys(bug), ...Object.keys(weakening)];
  const original = Object.fromEntries(paths.map((path) => [path, readFileSync(join(directory, path), 'utf8')]));
  const applied = (edits: Readonly<Record<string, (text: string) => string>>) =>
    Object.fromEntries(Object.entries(edits).map(([path, edit]) => [path, edit(original[path] ?? '')]));
  return { ...project, name, environment: name, directory, original, bug: applied(bug), weakening: applied(weakening) };
}
