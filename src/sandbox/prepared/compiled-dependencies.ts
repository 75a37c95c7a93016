import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import { execa } from 'execa';
import { extract } from 'tar-stream';

import { packageRoot } from '../../config/package-root.ts';
import { SandboxUnavailableError } from '../../domain/failure/errors.ts';
import { COMPILED_ROOT } from '../mount-points.ts';
import type { CompiledDependencies, Sandbox, Sandboxes, SandboxRequest } from '../sandbox.ts';
import { keptDirectory } from './kept-directory.ts';

type DirectorySource = Extract<SandboxRequest['source'], { kind: 'directory' }>;

/** The standard library takes 20 to 50 s of one core; an overloaded machine may need thirty times as long. */
const COMPILE_SECONDS = 1800;
/** What tests of the standard library's usual packages need is 120 MB. */
const LARGEST_ARCHIVE_BYTES = 512 * 1024 * 1024;
/** Of the compiler's last words. */
const SAID_CHARACTERS = 500;
/** A tree with more modules than this is compiled as far as the first of them go. */
const MOST_MODULES = 20;

/**
 * What the tests of a tree compile of others, compiled once: the standard library and the modules that a Go tree depends
 * on, without the tree's own packages and without results of tests. Shown read-only to every sandbox of the tree
 * (docs/decisions/2026-11-30-compiled-dependencies.md).
 *
 * Undefined where there is nothing to compile, or where the tree does not permit it: then each state compiles by itself.
 */
export async function findCompiledDependencies(
  sandboxes: Sandboxes,
  request: SandboxRequest & { readonly source: DirectorySource },
  kept: string,
): Promise<CompiledDependencies | undefined> {
  const modules = await goModulesOf(request.source.directory);
  if (modules.length === 0) return undefined;
  const { fingerprint } = await sandboxes.identify(request.source);
  const key = createHash('sha256')
    .update(`${fingerprint}\0${await recipe()}`)
    .digest('hex')
    .slice(0, 32);
  const directory = await keptDirectory({ root: kept, key, what: 'compiled dependencies' }, (fresh) =>
    compileInto(fresh, sandboxes, { request, modules }),
  );
  if (!existsSync(path.join(directory, 'go-cache'))) return undefined;
  const program = `${COMPILED_ROOT}/bin/go-cache ${COMPILED_ROOT}/go-cache`;
  return { directory, variables: { GOCACHEPROG: program } };
}

/** A walk through twenty thousand files takes hundredths of a second; a disk that hangs must not hold everybody up. */
const LOOK_TIMEOUT_MS = 120_000;
const FOREIGN = ['.git', 'vendor', 'node_modules', 'testdata'];

/**
 * The folders with a go.mod that is neither somebody else's nor a test's. Looked for by a program of its own, whatever
 * else cannot be read: most trees have none.
 */
async function goModulesOf(directory: string): Promise<readonly string[]> {
  const [first = '', ...more] = FOREIGN;
  const foreign = ['(', '-name', first, ...more.flatMap((name) => ['-o', '-name', name]), ')', '-prune'];
  const { stdout, exitCode, shortMessage } = await execa(
    'find',
    ['-H', directory, '-mindepth', '1', ...foreign, '-o', '-name', 'go.mod', '-printf', '%P\\0'],
    { reject: false, stdin: 'ignore', timeout: LOOK_TIMEOUT_MS },
  );
  if (exitCode !== 0 && exitCode !== 1)
    throw new SandboxUnavailableError(`the Go modules of ${directory} could not be looked for: ${shortMessage ?? ''}`);
  const found = stdout.split('\0').filter((file) => file !== '');
  return found
    .map((file) => path.dirname(file))
    .sort()
    .slice(0, MOST_MODULES);
}

// What runs in the sandbox: the same folder from `src` and from `dist`, where the compiler puts neither shell nor Go.
const PROGRAMS = pathToFileURL(path.join(packageRoot, 'src/sandbox/prepared/'));
const SCRIPT = new URL('go-dependencies.sh', PROGRAMS);

async function programFiles(): Promise<readonly (readonly [string, string])[]> {
  const folder = new URL('go-cache/', PROGRAMS);
  return Promise.all(
    ['go.mod', 'main.go'].map(async (name) => [name, await readFile(new URL(name, folder), 'utf8')] as const),
  );
}

async function recipe(): Promise<string> {
  return JSON.stringify([await readFile(SCRIPT, 'utf8'), await programFiles()]);
}

/** Leaves `fresh` without a cache where the tree does not permit one, so that nobody tries again. */
async function compileInto(
  fresh: string,
  sandboxes: Sandboxes,
  { request, modules }: { readonly request: SandboxRequest; readonly modules: readonly string[] },
): Promise<void> {
  const { snapshot: _, ...rest } = request;
  const sandbox = await sandboxes.create({
    ...rest,
    id: `compile-${randomUUID()}`,
    lifetimeSeconds: 2 * COMPILE_SECONDS,
  });
  try {
    for (const [name, text] of await programFiles())
      await sandbox.write(`/tmp/go-cache-program/${name}`, Buffer.from(text));
    const archive = await compile(sandbox, modules);
    await mkdir(fresh, { mode: 0o755 });
    if (archive === undefined) return;
    await unpack(archive, fresh);
  } finally {
    await sandbox.destroy();
  }
}

/** As the script says that there is nothing to make; whatever else it ends with says nothing about the tree. */
const NOTHING_TO_COMPILE = 3;

async function compile(sandbox: Sandbox, modules: readonly string[]): Promise<Uint8Array | undefined> {
  const script = await readFile(SCRIPT, 'utf8');
  const { ending, exitCode, stdout } = await sandbox.run({
    id: 'compile',
    argv: ['sh', '-c', script, 'sh', ...modules],
    timeoutMs: COMPILE_SECONDS * 1000,
    outputCapBytes: 64 * 1024,
  });
  if (ending !== 'exited')
    throw new SandboxUnavailableError(`compiling what the tree depends on did not end within ${COMPILE_SECONDS} s`);
  if (exitCode === NOTHING_TO_COMPILE) return undefined;
  if (exitCode !== 0) {
    const said = Buffer.concat([stdout.head, stdout.tail]).toString().trim().slice(-SAID_CHARACTERS);
    throw new SandboxUnavailableError(
      `compiling what the tree depends on ended with ${exitCode ?? 'no exit code'}: ${said}`,
    );
  }
  const reading = await sandbox.read('/tmp/compiled.tar', { maxBytes: LARGEST_ARCHIVE_BYTES });
  if (reading.found) return reading.content;
  if (reading.problem === 'too-large') return undefined;
  throw new SandboxUnavailableError(`what was compiled of others cannot be read: ${reading.problem}`);
}

const EXPECTED = /^(?:about|bin\/go-cache|go-cache\/[0-9a-f]{2}\/[0-9a-f]{64}-[ad])$/;

/** The archive comes from a sandbox: nothing but plain files under the names that are expected. */
async function unpack(archive: Uint8Array, target: string): Promise<void> {
  const reader = extract();
  reader.end(archive);
  for await (const entry of reader) {
    const { name, type } = entry.header;
    if (type !== 'file' || !EXPECTED.test(name)) {
      entry.resume();
      continue;
    }
    const place = path.join(target, name);
    await mkdir(path.dirname(place), { recursive: true, mode: 0o755 });
    const chunks: Buffer[] = [];
    for await (const chunk of entry) if (chunk instanceof Buffer) chunks.push(chunk);
    await writeFile(place, Buffer.concat(chunks));
    await chmod(place, name.startsWith('bin/') ? 0o755 : 0o644);
  }
}
