import type { MetricMeter } from '@temporalio/common';

import type { Services } from '../activities/services/services.ts';
import type { Ledger } from '../store/store.ts';

/**
 * The same services, counted for Prometheus (docs/deployment.md): what this process has done since it started. A step that
 * is retried counts again; what is exact is in the ledger.
 */
export function measureServices(services: Services, meter: MetricMeter): Services {
  const { store, sandboxes } = services;
  const booted = meter.createCounter('selfplay_sandboxes_booted', undefined, 'Sandboxes that were made.');
  return {
    ...services,
    store: { ...store, ledger: { ...store.ledger, ...measureLedger(store.ledger, meter) } },
    sandboxes: {
      ...sandboxes,
      create: async (request) => {
        const sandbox = await sandboxes.create(request);
        booted.add(1);
        return sandbox;
      },
    },
  };
}

function measureLedger(
  ledger: Ledger,
  meter: MetricMeter,
): Pick<Ledger, 'settleEpisode' | 'recordReply' | 'recordAttempt'> {
  const episodes = meter.createCounter('selfplay_episodes', undefined, 'Episodes that ended, by outcome.');
  const attempts = meter.createCounter('selfplay_attempts', undefined, 'Solve attempts, by outcome.');
  const tokens = meter.createCounter('selfplay_tokens', undefined, 'Tokens of model calls, by kind.');
  const replies = meter.createCounter('selfplay_replies', undefined, 'Replies of the policy.');
  return {
    settleEpisode: async (settlement) => {
      await ledger.settleEpisode(settlement);
      episodes.add(1, { outcome: settlement.episode.outcome });
    },
    recordAttempt: async (attempt) => {
      await ledger.recordAttempt(attempt);
      attempts.add(1, { outcome: attempt.outcome });
    },
    recordReply: async (reply) => {
      const kept = await ledger.recordReply(reply);
      replies.add(1);
      tokens.add(reply.promptTokens, { kind: 'prompt' });
      tokens.add(reply.completionTokens, { kind: 'completion' });
      return kept;
    },
  };
}
