import { PolicyRequestRejectedError, PolicyUnavailableError } from '../../domain/failure/errors.ts';
import type { Publication } from '../../domain/training/publication.ts';
import { SERVER_DIFFERENCES } from '../../tinker/wire/server-differences.ts';
import { createTinkerClient, type TinkerClientOptions } from '../../tinker/wire/tinker-client.ts';
import { createAttempts, type Attempted, type AttemptsOptions } from '../http/attempts.ts';
import type { Overflow } from '../http/model-endpoint.ts';
import type { Policy } from '../policy.ts';
import { createTokenPolicy, type TokenPolicyOptions } from '../token-in/token-policy.ts';
import type { TokenReply } from '../token-in/token-server.ts';
import { createNewestOnly } from './newest-only.ts';
import { sampleOnce, type SampleParts } from './sample-once.ts';
import { createSamplers } from './samplers.ts';

export interface TinkerPolicyOptions
  extends AttemptsOptions, Omit<TinkerClientOptions, 'retries'>, Pick<TokenPolicyOptions, 'chat' | 'price'> {
  /** What is sampled from until a trainer has published, as the server names it. */
  readonly baseModel: string;
  readonly heartbeatMs?: number | undefined;
}

/**
 * A server of the Tinker protocol that samples from what its trainer has published.
 *
 * An answer comes in two parts, the receipt of the question and, later, the reply. Together they are one attempt under
 * the limit and the patience that all servers of models are asked with.
 */
export function createTinkerPolicy(options: TinkerPolicyOptions): Policy {
  const { baseModel, baseUrl, server, timeoutMs, heartbeatMs, chat, price } = options;
  // Attempts alone are repeated: they know how much the server takes at once.
  const client = createTinkerClient({ ...options, retries: 0 });
  const parts: SampleParts = { client, samplerOf: createSamplers(client, timeoutMs), heartbeatMs };
  const attempts = createAttempts(options);
  const { samplesNewestOnly } = SERVER_DIFFERENCES[server];
  const isOutdated = createNewestOnly();
  return createTokenPolicy({
    ...{ name: baseModel, chat, price },
    async ask(question, signal) {
      const published = samplerOf(baseModel, question.publication);
      const model = published === undefined ? { base: baseModel } : { path: published.path };
      const name = `POST ${baseUrl}/api/v1/asample (model ${published?.path ?? baseModel})`;
      const once = async (
        what: string,
        within: AbortSignal,
      ): Promise<Attempted<TokenReply | Overflow | 'outdated'>> => {
        // Only now: while this one waited for its turn, others may have gone on to newer weights.
        if (published !== undefined && samplesNewestOnly && isOutdated(published)) return { reply: 'outdated' };
        return sampleOnce(parts, { ...question, model, what }, within);
      };
      const reply = await attempts.until({ name, once }, signal);
      if (reply !== 'outdated') return reply;
      throw new PolicyUnavailableError(`${name} is not sent: newer weights are sampled from already`);
    },
  });
}

function samplerOf(baseModel: string, publication: Publication | undefined) {
  if (publication === undefined || publication.kind === 'sampler') return publication;
  throw new PolicyRequestRejectedError(
    `${baseModel} is asked of a Tinker server, and version ${publication.version} is of kind ${publication.kind}, which only another server samples from: the run's policy and its trainer do not fit`,
  );
}
