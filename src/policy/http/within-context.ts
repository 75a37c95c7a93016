import type { ContextOverflow } from './map-context-overflow.ts';
import type { Publication } from '../../domain/training/publication.ts';
import { mapPolicyVersion } from './map-policy-version.ts';
import type { Overflow } from './model-endpoint.ts';
import type { PolicyReply } from '../policy.ts';

// In fewer tokens than this no tool call of any use can be made: the context is full.
const SMALLEST_REPLY_TOKENS = 256;

/**
 * A reply of at most so many tokens, or a shorter one where the context has no room for as many.
 *
 * Servers refuse a prompt that fits when the longest reply would not. The reply may be shorter.
 */
export async function withinContext(
  ask: (maxTokens: number) => Promise<PolicyReply | Overflow>,
  { maxTokens, ...asked }: Asked & { readonly maxTokens: number },
): Promise<PolicyReply> {
  const first = await ask(maxTokens);
  if (!('overflow' in first)) return first;
  const room = roomLeft(first.overflow);
  const second = room >= SMALLEST_REPLY_TOKENS && room < maxTokens ? await ask(room) : first;
  return 'overflow' in second ? contextExceeded(asked) : second;
}

/** Whose context it is. */
interface Asked {
  readonly model: string;
  readonly publication?: Publication | undefined;
}

/** Tokens left for a reply; 0 where the server does not say. SGLang wants one token less than the whole context. */
function roomLeft({ contextTokens, promptTokens }: ContextOverflow): number {
  return contextTokens === undefined || promptTokens === undefined ? 0 : contextTokens - promptTokens - 1;
}

function contextExceeded({ model, publication }: Asked): PolicyReply {
  return {
    text: '',
    finish: 'context-exceeded',
    usage: { promptTokens: 0, completionTokens: 0, costUsd: 0 },
    policyVersion: publication?.version ?? mapPolicyVersion(model),
  };
}
