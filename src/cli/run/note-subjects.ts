import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';

import type { Configuration } from '../../config/configuration.ts';
import { readSubjects } from '../../config/corpus.ts';
import type { Environment } from '../../config/environment.ts';
import { InvalidConfigError } from '../../domain/failure/errors.ts';
import { isTestPath } from '../../domain/steering/test-paths.ts';
import type { Output } from '../text/output.ts';

/** Far more than trees without tests have; a larger one is left to the injector. */
const MOST_ENTRIES = 20_000;

/** Directories that hold other people's tests. */
const FOREIGN = new Set(['.git', 'node_modules', 'vendor']);

/** Says which directories on this machine hold nothing that looks like a test: an injector will find nothing there. */
export function noteSubjectsWithoutTests(config: Configuration, { cache }: Environment, messages: Output): void {
  for (const { name, source } of listedSubjects(config, cache)) {
    if (source.kind !== 'directory' || mayHaveTests(source.directory)) continue;
    messages.write(
      `note: ${name} (${source.directory}) has no file that looks like a test; a bug is only a bug where tests notice it\n`,
    );
  }
}

/** None where the corpus cannot be read from here: the worker may, and it has the last word. */
function listedSubjects(config: Configuration, cache: string) {
  try {
    return readSubjects(config, cache);
  } catch (error) {
    if (error instanceof InvalidConfigError) return [];
    throw error;
  }
}

/** Whether a file of the directory looks like a test, or nobody knows. */
function mayHaveTests(directory: string): boolean {
  const waiting = [directory];
  for (let seen = 0; ;) {
    const folder = waiting.shift();
    if (folder === undefined) return false;
    try {
      for (const entry of readdirSync(folder, { withFileTypes: true })) {
        const path = join(folder, entry.name);
        if (entry.isFile() && isTestPath(relative(directory, path))) return true;
        if (entry.isDirectory() && !FOREIGN.has(entry.name)) waiting.push(path);
        seen += 1;
        if (seen > MOST_ENTRIES) return true;
      }
    } catch {
      return true;
    }
  }
}
