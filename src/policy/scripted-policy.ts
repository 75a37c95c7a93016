import { PolicyRequestRejectedError } from '../domain/failure/errors.ts';
import { orAborted } from '../domain/failure/or-aborted.ts';
import type { Role } from '../domain/record/ledger-rows.ts';
import type { Policy, PolicyReply, PolicyRequest } from './policy.ts';
import { tokensOf } from './tokens-of.ts';

/** A text, a reply of which only the text must be given, or an error to throw. */
export type ScriptedReply = string | (Partial<PolicyReply> & Pick<PolicyReply, 'text'>) | Error;

/** Where a rollout is. `turn` counts from 0 and comes from the transcript, so a resumed rollout goes on in its place. */
export interface ScriptedMoment {
  readonly turn: number;
  readonly request: PolicyRequest;
  readonly signal: AbortSignal;
}

/** A reply for each turn, or a function of the moment; what the function throws is thrown. */
export type RoleScript =
  | readonly ScriptedReply[]
  | ((moment: ScriptedMoment) => ScriptedReply | undefined | Promise<ScriptedReply | undefined>);

export type PolicyScript = Readonly<Partial<Record<Role, RoleScript>>>;

/**
 * A policy that says what it is told to: for tests, dry runs and recorded transcripts.
 *
 * It keeps no state, so every rollout of a role begins at the script's first reply. A turn for which the script has no
 * reply is a mistake of the script and a rejected request: a made-up reply would make a wrong script look right.
 */
export function createScriptedPolicy(script: PolicyScript): Policy {
  return {
    name: 'scripted',
    async sample(request, { signal }) {
      signal.throwIfAborted();
      const turn = request.messages.filter(({ role }) => role === 'assistant').length;
      const scripted = await orAborted(replyAt(script[request.role], { turn, request, signal }), signal);
      if (scripted instanceof Error) throw scripted;
      if (scripted === undefined)
        throw new PolicyRequestRejectedError(
          `the script has no reply for turn ${turn} of the ${request.role} (seed ${request.seed})`,
        );
      return completed(typeof scripted === 'string' ? { text: scripted } : scripted, request);
    },
  };
}

async function replyAt(script: RoleScript | undefined, moment: ScriptedMoment): Promise<ScriptedReply | undefined> {
  return typeof script === 'function' ? await script(moment) : script?.[moment.turn];
}

function completed(reply: Partial<PolicyReply> & Pick<PolicyReply, 'text'>, { messages }: PolicyRequest): PolicyReply {
  return {
    finish: 'stop',
    usage: {
      promptTokens: messages.reduce((sum, { content }) => sum + tokensOf(content), 0),
      completionTokens: tokensOf(reply.text),
      costUsd: 0,
    },
    policyVersion: 0,
    ...reply,
  };
}
