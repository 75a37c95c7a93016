import { decodeUtf8 } from '../../domain/diff/decode-utf8.ts';
import type { BlobRef } from '../../domain/record/blob-ref.ts';
import { machineTimeMs } from '../../domain/report/timeliness.ts';
import { SandboxGoneError } from '../../domain/failure/errors.ts';
import type { Observation } from '../../domain/protocol/observation.ts';
import type { ToolCall } from '../../domain/protocol/tool-call.ts';
import { applySearchReplace } from '../../domain/protocol/search-replace.ts';
import type { Role } from '../../domain/record/ledger-rows.ts';
import type { CommandResult, FileWriting, Sandbox } from '../../sandbox/sandbox.ts';
import type { Blobs } from '../../store/store.ts';
import { outputText } from '../services/command-output.ts';
import { READING_PROBLEMS, WRITING_PROBLEMS } from '../services/file-problems.ts';
import { readSubmission } from '../artifact/submission.ts';

/** What a tool call came to: the observation, and the submission when it made one. */
export interface ToolResult {
  readonly observation: Observation;
  readonly submission?: BlobRef;
  /** Time that commands took; a snapshot is due when enough of it is unsaved. */
  readonly commandMs: number;
}

export interface ToolSetting {
  readonly sandbox: Sandbox;
  readonly blobs: Blobs;
  readonly role: Role;
  /** The same for every execution of this turn's call, so that a repeated one re-attaches instead of running twice. */
  readonly commandId: string;
  readonly commandMs: number;
  readonly outputCapBytes: number;
  readonly signal: AbortSignal;
}

/** The largest file that `edit` changes; sources are far smaller. */
const EDIT_LIMIT_BYTES = 4 * 1024 * 1024;

/** Executes one tool call in the sandbox. Whatever goes wrong inside is the agent's to read. */
export async function executeToolCall(call: ToolCall, setting: ToolSetting): Promise<ToolResult> {
  switch (call.tool) {
    case 'bash':
      return bash(call.command, setting);
    case 'edit':
      return edit(call, setting);
    case 'create':
      return create(call, setting);
    case 'submit':
      return submit(call.paths, setting);
  }
}

/**
 * Each command is a fresh process; the working directory and exported environment carry over through a file
 * (docs/specification.md#agent). The file lies in the sandbox, so it is part of a snapshot, and an agent that breaks it
 * harms only itself.
 */
const CARRY_OVER = `
state="\${TMPDIR:-/tmp}/.selfplay-shell"
[ -r "$state" ] && . "$state"
trap 'code=$?; { export -p; printf "cd -- %q\\n" "$PWD"; } > "$state" 2>/dev/null; exit "$code"' EXIT
eval "$1"
`;

async function bash(command: string, setting: ToolSetting): Promise<ToolResult> {
  const result = await setting.sandbox.run(
    {
      id: setting.commandId,
      argv: ['bash', '-c', CARRY_OVER, 'bash', command],
      timeoutMs: setting.commandMs,
      outputCapBytes: setting.outputCapBytes,
    },
    { signal: setting.signal },
  );
  requireWhole(result, setting);
  return { observation: observationOf(result), commandMs: machineTimeMs(result) };
}

/**
 * A command that was cancelled although this slice was not: a worker that stopped cut it off, and its id is used up. What
 * it had done by then nobody knows, so the rollout goes on from the last snapshot in a new sandbox.
 */
function requireWhole({ ending }: CommandResult, { sandbox, commandId, signal }: ToolSetting): void {
  signal.throwIfAborted();
  if (ending !== 'cancelled') return;
  throw new SandboxGoneError(`command ${commandId} was cut off in sandbox ${sandbox.id}, whose state is unknown`);
}

const OUT_OF_MEMORY = '\n[the sandbox ran out of memory, and a process of this command was killed]\n';

function observationOf(result: CommandResult): Observation {
  return {
    tool: 'bash',
    ending: result.ending === 'exited' ? 'exited' : 'timed-out',
    exitCode: result.exitCode,
    output: outputText(result.stdout) + (result.outOfMemory === true ? OUT_OF_MEMORY : ''),
  };
}

async function edit(
  { path, search, replace }: Extract<ToolCall, { tool: 'edit' }>,
  setting: ToolSetting,
): Promise<ToolResult> {
  const { sandbox, commandId } = setting;
  const target = await resolve(path, setting);
  const reading = await sandbox.read(target, { maxBytes: EDIT_LIMIT_BYTES });
  if (!reading.found) return failed('edit', `cannot read ${path}: ${READING_PROBLEMS[reading.problem]}`);
  const text = decodeUtf8(reading.content);
  if (text === undefined)
    return failed(
      'edit',
      `${path} is unchanged: it is not UTF-8 text, and an edit would damage it; change it with bash`,
    );
  const edited = applySearchReplace(text, search, replace);
  if (edited.applied) return writeText('edit', { path, target, text: edited.text }, setting);
  // A repeated execution of the same turn finds its own work done, and nothing else does.
  const before = await sandbox.findWriting(commandId);
  if (before !== undefined) return writingResult('edit', path, before);
  return failed('edit', `${path} is unchanged: ${edited.problem}`);
}

async function create(
  { path, content }: Extract<ToolCall, { tool: 'create' }>,
  setting: ToolSetting,
): Promise<ToolResult> {
  return writeText('create', { path, target: await resolve(path, setting), text: content }, setting);
}

/** Under the turn's id, so that a turn that is played again in the same sandbox undoes nothing that came after it. */
async function writeText(
  tool: 'edit' | 'create',
  { path, target, text }: { readonly path: string; readonly target: string; readonly text: string },
  { sandbox, commandId }: ToolSetting,
): Promise<ToolResult> {
  return writingResult(tool, path, await sandbox.write(target, Buffer.from(text), { id: commandId }));
}

function writingResult(tool: 'edit' | 'create', path: string, writing: FileWriting): ToolResult {
  if (!writing.written) return failed(tool, `cannot write ${path}: ${WRITING_PROBLEMS[writing.problem]}`);
  return done(tool, tool === 'edit' ? `edited ${path}` : `wrote ${path}`);
}

async function submit(paths: readonly string[], setting: ToolSetting): Promise<ToolResult> {
  const { blobs, sandbox, role } = setting;
  const files = await Promise.all(paths.map(async (name) => ({ name, path: await resolve(name, setting) })));
  const reading = await readSubmission(blobs, sandbox, { role, files });
  if (!reading.accepted) return failed('submit', `nothing is submitted: ${reading.problem}`);
  const text = `submitted ${paths.join(', ')}; submit again to replace it, or end by a reply without a tool call`;
  return { ...done('submit', text), submission: reading.submission };
}

/** A relative path means what it means to the agent's shell: below the working directory that its commands carry over. */
async function resolve(path: string, setting: ToolSetting): Promise<string> {
  const { sandbox, commandId, signal } = setting;
  if (path.startsWith('/')) return path;
  const argv = ['bash', '-c', CARRY_OVER, 'bash', 'pwd'] as const;
  const result = await sandbox.run(
    { id: `${commandId}.pwd`, argv, timeoutMs: PWD_TIMEOUT_MS, outputCapBytes: 8192 },
    { signal },
  );
  requireWhole(result, setting);
  const directory = outputText(result.stdout).split('\n')[0];
  return `${directory?.startsWith('/') === true ? directory : sandbox.treeRoot}/${path}`;
}

/** Asking a shell where it is takes milliseconds; an agent may have made its state file hang. */
const PWD_TIMEOUT_MS = 10_000;

function done(tool: 'edit' | 'create' | 'submit', output: string): ToolResult {
  return { observation: { tool, succeeded: true, output }, commandMs: 0 };
}

function failed(tool: 'edit' | 'create' | 'submit', output: string): ToolResult {
  return { observation: { tool, succeeded: false, output }, commandMs: 0 };
}
