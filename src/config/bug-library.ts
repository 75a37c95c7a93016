import { createHash } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { z } from 'zod';

import { ARTIFACT_FILES } from '../domain/artifact/bug-artifact.ts';
import type { ValidationFacts } from '../domain/checks/validation-facts.ts';
import { InvalidConfigError } from '../domain/failure/errors.ts';
import type { BugLibrary, FrozenBug } from '../domain/library/frozen-bug.ts';
import { keptSubjectSchema } from './kept-subject-schema.ts';

const texts = z.array(z.string()).readonly();
const count = z.int().min(0);

const headerSchema = z.strictObject({
  format: z.literal('bug-library-1'),
  id: z.string().regex(/^[0-9a-f]{64}$/),
  bugs: z.int().positive(),
  validatorVersion: z.string().min(1),
});

const bugSchema: z.ZodType<FrozenBug> = z.strictObject({
  id: z.string().min(1),
  subject: keptSubjectSchema,
  strategy: z.enum(['removal', 'history', 'direct']),
  solveRate: z.number().nullable(),
  treeHash: z.string().nullable(),
  image: z.string().nullable(),
  bugHash: z.string().nullable(),
  sketch: texts,
  failToPass: texts,
  passToPass: texts,
  quarantined: texts,
  filesChanged: count,
  linesChanged: count,
  validatorVersion: z.string().min(1),
  files: z.record(z.enum(ARTIFACT_FILES), z.string()),
  // Written by the checks themselves, and unchanged since: the hash of the file says so.
  facts: z.custom<Pick<ValidationFacts, 'artifact' | 'original' | 'sabotage'>>(
    (facts) => typeof facts === 'object' && facts !== null && 'artifact' in facts && 'original' in facts,
  ),
});

/**
 * Writes a frozen library (docs/formats.md#bug-library-1), a line for each bug in the order of their ids, so that the same
 * bugs are the same file. The file is never seen half-written.
 */
export function writeBugLibrary(
  file: string,
  { bugs, validatorVersion }: Omit<BugLibrary, 'id'>,
): Pick<BugLibrary, 'id'> {
  const sorted = [...bugs].sort((one, other) => (one.id < other.id ? -1 : 1));
  const body = sorted.map((bug) => `${JSON.stringify(bug)}\n`).join('');
  const id = hashOf(body);
  const header = { format: 'bug-library-1', id, bugs: sorted.length, validatorVersion };
  writeFileSync(`${file}.partial`, `${JSON.stringify(header)}\n${body}`);
  renameSync(`${file}.partial`, file);
  return { id };
}

/** Reads a frozen library; throws `InvalidConfigError` where the file is not one, or not as it was written. */
export function readBugLibrary(name: string): BugLibrary {
  const file = resolve(name);
  const text = readText(file);
  const [first = ''] = text.split('\n', 1);
  const header = readLine(headerSchema, first, `${file}:1`);
  const body = text.slice(first.length + 1);
  const { id, validatorVersion } = header;
  if (hashOf(body) !== id)
    throw new InvalidConfigError(`${file} has changed since it was frozen: its bugs do not have the hash ${id}`);
  const lines = body.split('\n').filter((line) => line !== '');
  const bugs = lines.map((line, index) => readLine(bugSchema, line, `${file}:${index + 2}`));
  return { id, validatorVersion, bugs };
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new InvalidConfigError(`cannot read the bug library ${file}: ${reason}. \`selfplay freeze\` writes one`);
  }
}

function readLine<Value>(schema: z.ZodType<Value>, line: string, place: string): Value {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new InvalidConfigError(`${place} is not JSON: ${line.slice(0, 200)}`);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new InvalidConfigError(`${place} is not of a bug library: ${z.prettifyError(parsed.error)}`);
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
