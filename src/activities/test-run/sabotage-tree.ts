import { isUtf8 } from 'node:buffer';

import type { SabotageFacts } from '../../domain/checks/validation-facts.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { sabotageTests } from '../../syntax/sabotage.ts';
import { clear, writeFile } from '../tree/write-file.ts';

/** Test files are sources of sane size; a larger one is data. */
const TEST_FILE_LIMIT_BYTES = 2 * 1024 * 1024;

export type SabotagedTree = Pick<SabotageFacts, 'files' | 'notDone'>;

/**
 * Makes every test of these files raise, in the tree as it stands (SPEC 4, check 11; SPEC 6). What has no test in it, or
 * is not there, stays as it is; `notDone` says why for the files that `expected` names.
 */
export async function sabotageTree(
  sandbox: Sandbox,
  paths: readonly string[],
  { names, expected }: { readonly names: ReadonlySet<string>; readonly expected: ReadonlySet<string> },
): Promise<SabotagedTree> {
  const files: SabotagedTree['files'][number][] = [];
  const notDone: SabotagedTree['notDone'][number][] = [];
  for (const path of paths) {
    const done = await sabotageFile(sandbox, path, names);
    if ('tests' in done) files.push(done);
    else if (expected.has(path)) notDone.push(done);
  }
  return { files, notDone };
}

async function sabotageFile(
  sandbox: Sandbox,
  path: string,
  names: ReadonlySet<string>,
): Promise<SabotagedTree['files'][number] | SabotagedTree['notDone'][number]> {
  const target = `${sandbox.treeRoot}/${path}`;
  const reading = await sandbox.read(target, { maxBytes: TEST_FILE_LIMIT_BYTES });
  if (!reading.found) return { path, reason: `the file cannot be read: ${reading.problem}` };
  const encoding = isUtf8(reading.content) ? 'utf8' : 'latin1';
  const sabotage = sabotageTests(path, Buffer.from(reading.content).toString(encoding), names);
  if (!sabotage.sabotaged) return { path, reason: sabotage.reason };
  const problem = await overwrite(sandbox, target, Buffer.from(sabotage.text, encoding), reading);
  if (problem !== undefined) return { path, reason: `the file cannot be written: ${problem}` };
  return { path, tests: sabotage.tests, names: sabotage.names };
}

/** Writes the file anew where its mode protects it: test files of some projects may only be read. */
async function overwrite(
  sandbox: Sandbox,
  target: string,
  content: Uint8Array,
  { executable }: { readonly executable: boolean },
): Promise<string | undefined> {
  const problem = await writeFile(sandbox, target, content);
  if (problem !== 'not-permitted') return problem;
  await clear(sandbox, target);
  return writeFile(sandbox, target, content, { executable });
}
