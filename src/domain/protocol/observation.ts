/**
 * What the agent is told after a turn: the tool's result, and what remains of its limits (docs/specification.md#agent).
 *
 * Nothing that differs between two runs of the same command (durations, dates) is added, so that a replayed rollout
 * reads the same.
 */
export type Observation =
  | {
      readonly tool: 'bash';
      readonly ending: 'exited' | 'timed-out';
      readonly exitCode: number | null;
      readonly output: string;
    }
  | { readonly tool: 'edit' | 'create' | 'submit'; readonly succeeded: boolean; readonly output: string }
  | { readonly tool: 'none'; readonly output: string };

export interface Remaining {
  readonly turns: number;
  /** What remains once the agent has read a text. */
  readonly tokensAfter: (text: string) => number;
}

/** The observation as the text of the next user message. */
export function renderObservation(observation: Observation, { turns, tokensAfter }: Remaining): string {
  const result = renderResult(observation);
  return `${result}\n[${turns} turns and ${tokensAfter(result)} tokens remain]`;
}

/** The same without what remains: two runs of the same call that came to the same are the same text. */
export function renderResult(observation: Observation): string {
  return [headline(observation), '<output>', observation.output, '</output>'].join('\n');
}

function headline(observation: Observation): string {
  switch (observation.tool) {
    case 'bash':
      return observation.ending === 'timed-out'
        ? '[bash] timed out; everything it started was killed'
        : `[bash] exit code ${observation.exitCode ?? 'unknown'}`;
    case 'none':
      return '[format error]';
    default:
      return `[${observation.tool}] ${observation.succeeded ? 'done' : 'failed'}`;
  }
}

/** An observation read back from its text: for a policy that is a program. Undefined for text of another kind. */
export function readObservation(text: string): { readonly headline: string; readonly output: string } | undefined {
  const match = /^(\[[^\n]*)\n<output>\n([\s\S]*)\n<\/output>\n\[\d+ turns and \d+ tokens remain\]$/.exec(text);
  return match?.[1] === undefined || match[2] === undefined ? undefined : { headline: match[1], output: match[2] };
}
