import { randomUUID } from 'node:crypto';

import type { Application } from '../domain/validation-facts.ts';
import type { CommandResult, Sandbox } from '../sandbox/sandbox.ts';
import { outputText } from './command-output.ts';

/** A diff and what to call it when it does not apply. */
export interface NamedDiff {
  readonly name: string;
  readonly diff: string;
}

/** `git apply` of the largest artifact takes well under a second; the rest is room for a machine under load. */
const APPLY_TIMEOUT_MS = 60_000;

/** Output of our own commands is short; this bounds what a hostile tree can make git say. */
const OUTPUT_CAP_BYTES = 64 * 1024;

/** Applies a diff to the tree, strictly: every hunk, at its place, or nothing. A diff that does not apply is a value. */
export async function applyDiff(
  sandbox: Sandbox,
  { name, diff }: NamedDiff,
  signal: AbortSignal,
): Promise<Application> {
  const result = await runTool(sandbox, ['git', 'apply', '--whitespace=nowarn', '-'], {
    stdin: Buffer.from(diff),
    signal,
  });
  if (result.ending === 'exited' && result.exitCode === 0) return { applied: true };
  return { applied: false, problem: `${name} does not apply: ${outputText(result.stdout).trim().slice(0, 500)}` };
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
    { id: randomUUID(), argv, timeoutMs: APPLY_TIMEOUT_MS, outputCapBytes, ...(stdin === undefined ? {} : { stdin }) },
    { signal },
  );
}
