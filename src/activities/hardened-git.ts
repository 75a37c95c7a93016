import type { Command, CommandResult, Sandbox } from '../sandbox/sandbox.ts';

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
 * attribute file of the tree. `explain` ends the script with one sentence.
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
no_filters() { mkdir -p .git/info && rm -f .git/info/attributes &&
  echo '* !filter !working-tree-encoding !ident' > .git/info/attributes; }
`;

export interface GitOptions {
  /** The same id in the same sandbox is the same piece of work, so that a retry gets its result; one by default. */
  readonly commandId?: string;
  readonly signal?: AbortSignal;
}

/** Runs a shell script in the tree's root, with git made safe against the repository that it works on. */
export function runHardenedGit(
  sandbox: Sandbox,
  script: string,
  { commandId, ...options }: GitOptions & { readonly commandId: string },
): Promise<CommandResult> {
  const command: Command = {
    id: commandId,
    argv: ['sh', '-c', PRELUDE + script],
    env: GIT_ENVIRONMENT,
    timeoutMs: GIT_MS,
    outputCapBytes: OUTPUT_BYTES,
  };
  return sandbox.run(command, options);
}

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
