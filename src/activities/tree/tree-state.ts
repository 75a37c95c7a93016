import { randomUUID } from 'node:crypto';

import { misplacedByGit, patchFault } from '../../domain/diff/patch-fault.ts';
import { SandboxUnavailableError } from '../../domain/failure/errors.ts';
import type { Application } from '../../domain/checks/validation-facts.ts';
import type { CommandResult, Sandbox } from '../../sandbox/sandbox.ts';
import { MACHINE_AT_FAULT, runHardenedGit, scriptProblem } from './hardened-git.ts';

/** A diff and what to call it when it does not apply. */
export interface NamedDiff {
  readonly name: string;
  readonly diff: string;
}

/** Listing a large tree or removing a folder takes a second; the rest is room for slow disks. */
const TOOL_TIMEOUT_MS = 60_000;

/** Output of our own commands is short; this bounds what a hostile tree can make git say. */
const OUTPUT_CAP_BYTES = 64 * 1024;

/**
 * A patch that git refuses (1, or 128 for `fatal`) although there is room to write is the patch's own fault, and so is
 * one on which git crashes (134, 136, 139: signals that nobody sends). `git apply` takes a path through a link, into
 * `.git` or out of the tree for an error, whoever made the link. A git that somebody killed is the machine's.
 *
 * No patch can have git killed, or a hopeless solver would rather be lost. A diff of 4 MiB with as many hunks as it can
 * hold (60,000) costs 11 s on a file of 5 MB, in proportion to the file; compressed content may be a thousand times its
 * size, so git gets half of the memory, and says `fatal` before the kernel ends anything, and is told of a file that is
 * larger than a file may be (signal 25) rather than ended.
 */
const APPLY = `
outside_repository
limit=$(ulimit -d) || limit=unlimited
[ "$limit" = unlimited ] || ulimit -d "$((limit / 2))"
trap '' 25
o apply --whitespace=nowarn "$@" - && exit 0
code=$?
assert_room
case $code in 1 | 128 | 134 | 136 | 139) exit 1 ;; esac
lack "git ended with $code"
`;

/**
 * Applies a diff to the tree, strictly by default: every hunk, at its place, or nothing. A diff that does not apply is a
 * value; a machine that has no room to apply one is not.
 */
export async function applyDiff(
  sandbox: Sandbox,
  { name, diff }: NamedDiff,
  signal: AbortSignal,
  lenient: readonly string[] = [],
): Promise<Application> {
  const misplaced = misplacedByGit(diff);
  if (misplaced !== undefined) return { applied: false, problem: `${name} does not apply: ${misplaced}` };
  const options = { commandId: randomUUID(), stdin: Buffer.from(diff), parameters: lenient, signal };
  const result = await runHardenedGit(sandbox, APPLY, options);
  signal.throwIfAborted();
  if (result.exitCode === 0) return { applied: true };
  const said = scriptProblem(result) ?? 'it was not applied';
  if (isMachineFault(result)) throw new SandboxUnavailableError(`${name} could not be applied: ${said.slice(0, 500)}`);
  const fault = patchFault(diff);
  const words = said.slice(0, 500).replace(/\s*\n\s*/g, '; ');
  return { applied: false, problem: `${name} does not apply: ${fault === undefined ? words : `${fault} (${words})`}` };
}

/** Whether a hardened script says that the machine is at fault, could not even be started, or did not end by itself. */
export function isMachineFault({ ending, exitCode }: CommandResult): boolean {
  if (ending !== 'exited' || exitCode === null || exitCode > 128) return true;
  return [MACHINE_AT_FAULT, 99, 125, 126, 127].includes(exitCode);
}

/** Applies diffs one after the other; the first that does not apply is the answer. */
export async function applyDiffs(
  sandbox: Sandbox,
  diffs: readonly NamedDiff[],
  signal: AbortSignal,
): Promise<Application> {
  for (const diff of diffs) {
    const application = await applyDiff(sandbox, diff, signal);
    if (!application.applied) return application;
  }
  return { applied: true };
}

/** Runs one of our own tools in the tree, as the agent's user. */
export async function runTool(
  sandbox: Sandbox,
  argv: readonly [string, ...string[]],
  options: { readonly stdin?: Uint8Array; readonly signal?: AbortSignal; readonly outputCapBytes?: number } = {},
): Promise<CommandResult> {
  const { stdin, signal, outputCapBytes = OUTPUT_CAP_BYTES } = options;
  return sandbox.run(
    { id: randomUUID(), argv, timeoutMs: TOOL_TIMEOUT_MS, outputCapBytes, ...(stdin === undefined ? {} : { stdin }) },
    signal && { signal },
  );
}
