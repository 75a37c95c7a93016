import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';

import { z } from 'zod';

import { InvalidConfigError } from '../domain/failure/errors.ts';
import type { Subject } from '../domain/subject/subject.ts';
import type { FrozenBug } from '../domain/library/frozen-bug.ts';
import { readBugLibrary } from './bug-library.ts';
import { subjectSchema, type Configuration } from './configuration.ts';

/** What says where the subjects of a run are listed. */
export type ListedSubjects = Pick<Configuration, 'corpus' | 'subjects'> & Partial<Pick<Configuration, 'mode' | 'bugs'>>;

/** The subjects of a run, from its corpus file, from the configuration itself, or from the bugs that it plays. */
export function readSubjects(config: ListedSubjects, cache: string): readonly Subject[] {
  if (config.mode === 'repair-only') return subjectsOf(readBugLibrary(config.bugs ?? '').bugs);
  return namedApart((config.subjects ?? readCorpusFile(corpusFile(config.corpus ?? '', cache))).map(toSubject));
}

/** What one line of a corpus may say. */
export type CorpusEntry = z.input<typeof subjectSchema>;

/** Writes one more line to a corpus file, which it makes where there is none; the file is never seen half-written. */
export function addToCorpus(file: string, entry: CorpusEntry): Subject {
  const parsed = subjectSchema.safeParse(entry);
  if (!parsed.success) throw new InvalidConfigError(`the subject is not valid: ${z.prettifyError(parsed.error)}`);
  const before = existsSync(file) ? readCorpusText(file) : '';
  const subject = toSubject(parsed.data);
  namedApart([...readEntries(file, before).map(toSubject), subject]);
  const separator = before === '' || before.endsWith('\n') ? '' : '\n';
  writeFileSync(`${file}.partial`, `${before}${separator}${JSON.stringify(entry)}\n`);
  renameSync(`${file}.partial`, file);
  return subject;
}

/** Each once; bugs of several runs may be of subjects that share a name. */
function subjectsOf(bugs: readonly FrozenBug[]): readonly Subject[] {
  return [...new Map(bugs.map(({ subject }) => [JSON.stringify(subject), subject])).values()];
}

function namedApart(subjects: readonly Subject[]): readonly Subject[] {
  const doubled = subjects.find((subject, index) => subjects.findIndex(({ name }) => name === subject.name) !== index);
  if (doubled !== undefined)
    throw new InvalidConfigError(`two subjects are named "${doubled.name}"; give one another name`);
  return subjects;
}

/** `cache:demo.jsonl` is a corpus that set-up made; anything else is a path. */
export function corpusFile(corpus: string, cache: string): string {
  return corpus.startsWith('cache:') ? resolve(cache, 'corpus', corpus.slice('cache:'.length)) : resolve(corpus);
}

function readCorpusFile(file: string): readonly z.infer<typeof subjectSchema>[] {
  const entries = readEntries(file, readCorpusText(file));
  if (entries.length === 0) throw new InvalidConfigError(`the corpus ${file} holds no subject`);
  return entries;
}

function readCorpusText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new InvalidConfigError(
      `cannot read the corpus ${file}: ${reason}. For the demo's subjects run scripts/setup; \`selfplay subjects add\` starts one of your own`,
    );
  }
}

function readEntries(file: string, text: string): readonly z.infer<typeof subjectSchema>[] {
  const lines = text.split('\n').map((line, index) => ({ line, number: index + 1 }));
  return lines.filter(({ line }) => line.trim() !== '').map(({ line, number }) => readLine(file, number, line));
}

const leftOutSchema = z.array(z.object({ language: z.string(), reason: z.string() }));

/** A language whose subjects set-up could not build, and why. */
export type LanguageLeftOut = z.infer<typeof leftOutSchema>[number];

/** What set-up left out of the corpora that it made; nothing where it has never run. */
export function readLeftOut(cache: string): readonly LanguageLeftOut[] {
  const file = resolve(cache, 'corpus', 'left-out.json');
  return existsSync(file) ? leftOutSchema.parse(JSON.parse(readFileSync(file, 'utf8'))) : [];
}

function readLine(file: string, number: number, line: string): z.infer<typeof subjectSchema> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new InvalidConfigError(`${file}:${number} is not JSON: ${line.slice(0, 200)}`);
  }
  const parsed = subjectSchema.safeParse(value);
  if (!parsed.success) throw new InvalidConfigError(`${file}:${number}: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

function toSubject(entry: z.infer<typeof subjectSchema>): Subject {
  const { image, directory, environment, name, repoRoot, agentUser, weight } = entry;
  const place = {
    ...(repoRoot === undefined ? {} : { repoRoot }),
    ...(agentUser === undefined ? {} : { agentUser }),
    weight,
  };
  if (image !== undefined) return { name: name ?? basename(image), source: { kind: 'image', image }, ...place };
  const path = resolve(directory ?? '.');
  const source = {
    kind: 'directory',
    directory: path,
    ...(environment === undefined ? {} : { environment: resolve(environment) }),
  } as const;
  return { name: name ?? basename(path), source, ...place };
}
