import { randomUUID } from 'node:crypto';

import type { Command, CommandResult, Sandbox } from '../../sandbox/sandbox.ts';

// Committing a tree of tens of thousands of files takes seconds; a minute or two only on a machine that is overloaded.
const GIT_MS = 300_000;
// Paths of a problem and sums of an audit; lists of objects are compared inside the sandbox.
const OUTPUT_BYTES = 65_536;

/**
 * Environment in which no configuration but that of the repository itself is read.
 *
 * The commits made in it are the same for the same content, wherever and whenever they are made.
 */
const GIT_ENVIRONMENT = {
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_ATTR_NOSYSTEM: '1',
  GIT_TERMINAL_PROMPT: '0',
  GIT_NO_REPLACE_OBJECTS: '1',
  GIT_NO_LAZY_FETCH: '1',
  GIT_AUTHOR_NAME: 'selfplay',
  GIT_AUTHOR_EMAIL: 'selfplay@localhost',
  GIT_AUTHOR_DATE: '2000-01-01T00:00:00Z',
  GIT_COMMITTER_NAME: 'selfplay',
  GIT_COMMITTER_EMAIL: 'selfplay@localhost',
  GIT_COMMITTER_DATE: '2000-01-01T00:00:00Z',
  LC_ALL: 'C',
};

/**
 * Shell functions for scripts that meet a repository somebody hostile may have prepared.
 *
 * A repository can name programs: hooks, a file system monitor, filters, signers. What the command line can override
 * is overridden in `g`; filters are switched off by name through `$GIT_DIR/info/attributes`, which wins over every
 * attribute file of the tree. `o` is git in a new repository outside of the tree, so that the tree's own plays no part.
 * `explain` ends the script with one sentence, `lack` with the machine's fault; `stuck` tells them apart where a disk
 * without room looks like anything else.
 */
const PRELUDE = `
set -u
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES GIT_CONFIG_COUNT
GIT_CEILING_DIRECTORIES=$(dirname "$PWD"); export GIT_CEILING_DIRECTORIES
explain() { echo "$1"; exit 99; }
command -v git > /dev/null || explain "git is not installed in the sandbox"
g() {
  git --git-dir=.git --work-tree=. -c core.hooksPath=/dev/null -c core.fsmonitor=false -c core.untrackedCache=false \\
    -c core.sparseCheckout=false -c core.logAllRefUpdates=false -c core.attributesFile=/dev/null \\
    -c core.excludesFile=/dev/null -c commit.gpgSign=false -c gc.auto=0 -c maintenance.auto=false \\
    -c safe.directory='*' -c advice.addEmbeddedRepo=false "$@"
}
assert_all_visible() {
  closed=$(find . -path ./.git -prune -o -type d \\( ! -readable -o ! -executable \\) -prune -print | head -3)
  [ -z "$closed" ] || explain "a directory cannot be looked into: $closed"
}
start_repository() { git init -q --template= -b main .; }
outside_repository() {
  work=$(mktemp -d) || lack "no temporary directory can be made"
  trap 'rm -rf "$work"' EXIT
  git init -q --bare --template= "$work/git" && mkdir -p "$work/git/info" &&
    echo '* !filter !working-tree-encoding !ident' > "$work/git/info/attributes" || lack "git init failed"
}
o() {
  git --git-dir="$work/git" --work-tree=. -c core.hooksPath=/dev/null -c core.fsmonitor=false \\
    -c core.attributesFile=/dev/null -c core.excludesFile=/dev/null -c core.autocrlf=false -c core.fileMode=true \\
    -c core.symlinks=true -c core.quotePath=false "$@"
}
lack() { echo "$1"; exit 98; }
assert_room() {
  for place in "$work" .; do
    probe=$(mktemp "$place/.room-XXXXXX") && head -c 1048576 /dev/zero > "$probe" && rm -f "$probe" ||
      { rm -f "$probe"; lack "nothing can be written to $place"; }
  done
}
stuck() { assert_room; explain "$1"; }
no_filters() { mkdir -p .git/info && rm -f .git/info/attributes &&
  echo '* !filter !working-tree-encoding !ident' > .git/info/attributes; }
`;

export interface GitOptions {
  /** The same id in the same sandbox is the same piece of work, so that a retry gets its result; one by default. */
  readonly commandId?: string;
  readonly signal?: AbortSignal;
  readonly stdin?: Uint8Array;
  /** What the script finds as `$1`, `$2` … */
  readonly parameters?: readonly string[];
  /** Kept of the output; enough for a problem by default. */
  readonly outputCapBytes?: number;
}

/** Runs a shell script in the tree's root, with git made safe against the repository that it works on. */
export function runHardenedGit(
  sandbox: Sandbox,
  script: string,
  {
    commandId,
    stdin,
    parameters = [],
    outputCapBytes = OUTPUT_BYTES,
    ...options
  }: GitOptions & { readonly commandId: string },
): Promise<CommandResult> {
  const command: Command = {
    id: commandId,
    argv: ['sh', '-c', PRELUDE + script, 'sh', ...parameters],
    env: GIT_ENVIRONMENT,
    timeoutMs: GIT_MS,
    outputCapBytes,
    ...(stdin && { stdin }),
  };
  return sandbox.run(command, options);
}

/**
 * The same for a script about paths. They come on standard input, ended by NUL, for a name may hold whatever else a name
 * may hold.
 */
export async function runOnPaths(
  sandbox: Sandbox,
  request: {
    readonly script: string;
    readonly paths: readonly string[];
    readonly parameters: readonly string[];
    readonly signal: AbortSignal;
    readonly outputCapBytes?: number;
  },
): Promise<CommandResult> {
  const { script, paths, ...options } = request;
  const stdin = Buffer.from(paths.map((path) => `${path}\0`).join(''));
  const result = await runHardenedGit(sandbox, script, { ...options, commandId: randomUUID(), stdin });
  options.signal.throwIfAborted();
  return result;
}

/** The exit code of scripts that met a machine without room or tools: nobody who wrote the tree is to blame. */
export const MACHINE_AT_FAULT = 98;

/** The exit code of scripts that end with a sentence about the tree or its image. */
export const EXPLAINED = 99;

/** What a script printed, with a mark where the middle was left out. */
export function scriptOutput({ stdout }: CommandResult): string {
  const gap = stdout.droppedBytes > 0 ? [Buffer.from(`\n[${stdout.droppedBytes} bytes left out]\n`)] : [];
  return Buffer.concat([stdout.head, ...gap, stdout.tail])
    .toString()
    .trim();
}

/** Why a script failed, for a person; undefined when it did not. */
export function scriptProblem(result: CommandResult): string | undefined {
  if (result.ending !== 'exited') return `git was ${result.ending === 'cancelled' ? 'cancelled' : 'too slow'}`;
  if (result.exitCode === 0) return undefined;
  return scriptOutput(result) || `git ended with exit code ${String(result.exitCode)}`;
}
