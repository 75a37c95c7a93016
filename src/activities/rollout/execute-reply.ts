import type { Observation } from '../../domain/protocol/observation.ts';
import { outputTokensOf } from '../../config/output-tokens.ts';
import { BYTES_PER_TOKEN } from '../../domain/protocol/bytes-per-token.ts';
import { callForm } from '../../domain/protocol/call-text.ts';
import { readToolCall } from '../../domain/protocol/tool-protocol.ts';
import type { ToolCall } from '../../domain/protocol/tool-call.ts';
import type { PolicyReply } from '../../policy/policy.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { executeToolCall, type ToolResult } from './agent-tools.ts';
import type { Progress } from '../services/progress.ts';
import { ARTIFACT_DIRECTORY } from './rollout-prompt.ts';
import type { SliceInput } from './rollout-setting.ts';
import type { Services } from '../services/services.ts';

export interface Execution extends ToolResult {
  readonly toolCall: 'one' | 'none' | 'malformed';
}

/** Executes the tool call of a reply. A malformed one is the policy's own mistake: an answer, and a turn used (docs/specification.md#agent). */
export async function executeReply(
  services: Services,
  sandbox: Sandbox,
  { rolloutId, task, rollout, policy }: SliceInput,
  { turn, text, finish }: { readonly turn: number } & Pick<PolicyReply, 'text' | 'finish'>,
  progress: Progress,
): Promise<Execution> {
  const reading = readToolCall(text, finish);
  if (reading.kind === 'none') return formatError('none', noCall(text), callForm());
  if (reading.kind === 'malformed') return formatError('malformed', reading.problem, reading.form);
  progress.say(`turn ${turn}: ${describeCall(reading.call)}`);
  const result = await executeToolCall(reading.call, {
    sandbox,
    blobs: services.store.blobs,
    role: task.role,
    commandId: `${rolloutId}#${turn}`,
    commandMs: rollout.commandSeconds * 1000,
    outputCapBytes: outputTokensOf({ rollout, policy }) * BYTES_PER_TOKEN,
    signal: progress.signal,
  });
  return { ...result, toolCall: 'one' };
}

function noCall(text: string): string {
  const what = text.trim() === '' ? 'the reply is empty' : 'no tool call';
  return `${what}; until you have submitted, every reply holds exactly one`;
}

function formatError(toolCall: 'none' | 'malformed', problem: string, form: string): Execution {
  const output = `${problem}\n\nA call stands like this, each tag alone on its line:\n\n${form}\n\n${HOW_TO_END}`;
  const observation: Observation = { tool: 'none', output };
  return { toolCall, observation, commandMs: 0 };
}

const HOW_TO_END = 'Once you have submitted, a reply in plain words, without anything like a call, ends your work.';

function describeCall(call: ToolCall): string {
  const what = call.tool === 'bash' ? call.command : call.tool === 'submit' ? call.paths.join(' ') : call.path;
  return `${call.tool} ${what.replace(/\s+/g, ' ').slice(0, 80)}`;
}

/** Whether script, parser and list of the artifact are all there. */
export async function testsDiscovered(sandbox: Sandbox): Promise<boolean> {
  const names = ['test_script.sh', 'test_parser.py', 'test_files.txt'];
  const readings = await Promise.all(
    names.map((name) => sandbox.read(`${ARTIFACT_DIRECTORY}/${name}`, { maxBytes: DISCOVERY_LIMIT_BYTES })),
  );
  return readings.every(({ found }) => found);
}

/** Only whether the files are there is asked; one larger than this would not be accepted anyway. */
const DISCOVERY_LIMIT_BYTES = 1024 * 1024;
