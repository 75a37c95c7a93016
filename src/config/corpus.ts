import { readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';

import { z } from 'zod';

import { InvalidConfigError } from '../domain/errors.ts';
import type { Subject } from '../domain/subject.ts';
import { subjectSchema, type Configuration } from './configuration.ts';

/** The subjects of a run, from its corpus file or from the configuration itself. */
export function readSubjects(config: Pick<Configuration, 'corpus' | 'subjects'>, cache: string): readonly Subject[] {
  const entries = config.subjects ?? readCorpusFile(corpusFile(config.corpus ?? '', cache));
  const subjects = entries.map(toSubject);
  const doubled = subjects.find((subject, index) => subjects.findIndex(({ name }) => name === subject.name) !== index);
  if (doubled !== undefined)
    throw new InvalidConfigError(`two subjects are named "${doubled.name}"; give one another name`);
  return subjects;
}

/** `cache:demo.jsonl` is a corpus that set-up made; anything else is a path. */
function corpusFile(corpus: string, cache: string): string {
  return corpus.startsWith('cache:') ? resolve(cache, 'corpus', corpus.slice('cache:'.length)) : resolve(corpus);
}

function readCorpusFile(file: string): readonly z.infer<typeof subjectSchema>[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new InvalidConfigError(
      `cannot read the corpus ${file}: ${reason}. For the demo's subjects run scripts/setup`,
    );
  }
  const lines = text.split('\n').map((line, index) => ({ line, number: index + 1 }));
  const entries = lines
    .filter(({ line }) => line.trim() !== '')
    .map(({ line, number }) => readLine(file, number, line));
  if (entries.length === 0) throw new InvalidConfigError(`the corpus ${file} holds no subject`);
  return entries;
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
  const source = { kind: 'directory', directory: path, ...(environment === undefined ? {} : { environment }) } as const;
  return { name: name ?? basename(path), source, ...place };
}
