import { randomUUID } from 'node:crypto';

import { SandboxUnavailableError } from '../domain/errors.ts';
import type { Application } from '../domain/validation-facts.ts';
import type { CommandResult, Sandbox } from '../sandbox/sandbox.ts';
import { MACHINE_AT_FAULT, runHardenedGit, scriptProblem } from './hardened-git.ts';

/** A diff and what to call it when it does not apply. */
export interface NamedDiff {
  readonly name: string;
  readonly diff: string;
}

/** Listing a large tree or removing a folder takes a second; the rest is room for a machine under load. */
const TOOL_TIMEOUT_MS = 60_000;

/** Output of our own commands is short; this bounds what a hostile tree can make git say. */
const OUTPUT_CAP_BYTES = 64 * 1024;

/**
 * A patch that git refuses although there is room to write is the patch's own fault. `git apply` takes a path through a
 * link, into `.git` or out of the tree for an error, whoever made the link.
 */
const APPLY = `
outside_repository
o apply --whitespace=nowarn "$@" - && exit 0
code=$?
assert_room
[ "$code" -lt 2 ] || [ "$code" -ge 128 ] || lack "git cannot be run"
exit 1
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
  const options = { commandId: randomUUID(), stdin: Buffer.from(diff), parameters: lenient, signal };
  const result = await runHardenedGit(sandbox, APPLY, options);
  signal.throwIfAborted();
  if (result.ending === 'exited' && result.exitCode === 0) return { applied: true };
  const said = scriptProblem(result) ?? 'it was not applied';
  if (isMachineFault(result)) throw new SandboxUnavailableError(`${name} could not be applied: ${said.slice(0, 500)}`);
  return { applied: false, problem: `${name} does not apply: ${said.slice(0, 500)}` };
}

/** Whether a hardened script says that the machine is at fault, or could not even be started. */
export function isMachineFault({ ending, exitCode }: CommandResult): boolean {
  return ending === 'exited' && [MACHINE_AT_FAULT, 99, 125, 126, 127].includes(exitCode ?? 0);
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
  options: { readonly stdin?: Uint8Array; readonly signal: AbortSignal; readonly outputCapBytes?: number },
): Promise<CommandResult> {
  const { stdin, signal, outputCapBytes = OUTPUT_CAP_BYTES } = options;
  return sandbox.run(
    { id: randomUUID(), argv, timeoutMs: TOOL_TIMEOUT_MS, outputCapBytes, ...(stdin === undefined ? {} : { stdin }) },
    { signal },
  );
}
