import { setTimeout as sleep } from 'node:timers/promises';

import { renderToolCall } from '../../src/domain/protocol/call-text.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { createScriptedPolicy } from '../../src/policy/scripted-policy.ts';

/** A model that takes its time and asks for one command a turn, for ever; it counts its replies. */
export interface SimulatedModel {
  readonly policy: Policy;
  /** Replies so far. */
  replies(): number;
}

export function createSimulatedModel({ latencyMs }: { readonly latencyMs: number }): SimulatedModel {
  let replies = 0;
  const policy = createScriptedPolicy({
    injector: async ({ turn, signal }) => {
      // What ends the wait early is the rollout, which then throws the reply away.
      await sleep(latencyMs, undefined, { signal }).catch(() => undefined);
      replies += 1;
      return renderToolCall({ tool: 'bash', command: `echo turn ${turn}` });
    },
  });
  return { policy, replies: () => replies };
}
