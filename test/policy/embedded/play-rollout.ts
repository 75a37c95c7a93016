import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

import { renderObservation, type Observation } from '../../../src/domain/protocol/observation.ts';
import { readToolCall } from '../../../src/domain/protocol/tool-protocol.ts';
import type { ToolCall } from '../../../src/domain/protocol/tool-call.ts';
import { applySearchReplace } from '../../../src/domain/protocol/search-replace.ts';
import type { Decision } from '../../../src/domain/record/decision.ts';
import type { Message, Policy, PolicyRequest } from '../../../src/policy/policy.ts';

/** A rollout without sandbox: `/repo` and `/tmp` of the policy's commands are two folders of this machine. */
export interface Workplace {
  readonly tree: string;
  readonly scratch: string;
  /** Put first on PATH. */
  readonly environment?: string;
}

export interface PlayedRollout {
  readonly messages: readonly Message[];
  readonly decisions: readonly Decision[];
  /** Texts of the submitted files by name; undefined if nothing was submitted. */
  readonly submission: Readonly<Record<string, string>> | undefined;
  readonly ended: boolean;
  readonly turns: number;
  readonly tokens: number;
  readonly slowestSampleMs: number;
}

const MOST_TURNS = 128;
const OUTPUT_CAP = 128 * 1024;

export async function playRollout(
  policy: Policy,
  { role, prompt, seed }: { role: PolicyRequest['role']; prompt: string; seed: number },
  place: Workplace,
): Promise<PlayedRollout> {
  const messages: Message[] = [
    { role: 'system', content: 'You have tools.' },
    { role: 'user', content: prompt },
  ];
  const decisions: Decision[] = [];
  let submission: Record<string, string> | undefined;
  let slowestSampleMs = 0;
  let tokens = 0;
  for (let turn = 0; turn < MOST_TURNS; turn += 1) {
    const begin = performance.now();
    const reply = await policy.sample(
      { role, messages, seed, sampling: { temperature: 1, topP: 1, maxTokens: 32768 } },
      { signal: new AbortController().signal },
    );
    slowestSampleMs = Math.max(slowestSampleMs, performance.now() - begin);
    tokens = reply.usage.promptTokens + reply.usage.completionTokens;
    decisions.push(...(reply.decisions ?? []));
    const reading = readToolCall(reply.text);
    if (reading.kind !== 'call') {
      if (reading.kind === 'malformed') throw new Error(`${reading.problem}\n${reply.text}`);
      return { messages, decisions, submission, ended: true, turns: turn + 1, tokens, slowestSampleMs };
    }
    const observation = execute(reading.call, place);
    if (reading.call.tool === 'submit' && 'succeeded' in observation && observation.succeeded) {
      submission = Object.fromEntries(
        reading.call.paths.map((path) => [path.split('/').at(-1) ?? '', readFileSync(here(path, place), 'utf8')]),
      );
    }
    const remaining = { turns: MOST_TURNS - turn - 1, tokensAfter: () => 131072 - tokens };
    messages.push({ role: 'assistant', content: reply.text });
    messages.push({ role: 'user', content: renderObservation(observation, remaining) });
  }
  return { messages, decisions, submission, ended: false, turns: MOST_TURNS, tokens, slowestSampleMs };
}

function execute(call: ToolCall, place: Workplace): Observation {
  switch (call.tool) {
    case 'bash':
      return bash(call.command, place);
    case 'create':
      mkdirSync(dirname(here(call.path, place)), { recursive: true });
      writeFileSync(here(call.path, place), call.content);
      return { tool: 'create', succeeded: true, output: `wrote ${call.path}` };
    case 'edit': {
      const path = here(call.path, place);
      const edited = applySearchReplace(readFileSync(path, 'utf8'), call.search, call.replace);
      if (edited.applied) writeFileSync(path, edited.text);
      return { tool: 'edit', succeeded: edited.applied, output: edited.applied ? 'edited' : edited.problem };
    }
    case 'submit':
      return { tool: 'submit', succeeded: true, output: `submitted ${call.paths.join(', ')}` };
  }
}

function bash(command: string, place: Workplace): Observation {
  const { status, stdout } = spawnSync('bash', ['-c', `exec 2>&1\n${here(command, place)}`], {
    cwd: place.tree,
    env: environmentOf(place),
    encoding: 'utf8',
    timeout: 120_000,
    maxBuffer: 64 * 1024 * 1024,
  });
  const output =
    stdout.length > OUTPUT_CAP ? `${stdout.slice(0, OUTPUT_CAP / 2)}[…]${stdout.slice(-OUTPUT_CAP / 2)}` : stdout;
  return { tool: 'bash', ending: status === null ? 'timed-out' : 'exited', exitCode: status, output };
}

export function environmentOf({ environment, scratch }: Workplace): NodeJS.ProcessEnv {
  const path = environment === undefined ? process.env.PATH : `${environment}/bin:${process.env.PATH ?? ''}`;
  return { PATH: path, HOME: scratch, TMPDIR: scratch, LANG: 'C.UTF-8' };
}

function here(text: string, { tree, scratch }: Workplace): string {
  return text.replaceAll(/(?<![\w/])\/(repo(?!\w)|tmp(?=\/))/g, (_, folder) => (folder === 'repo' ? tree : scratch));
}
