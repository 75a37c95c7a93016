import type { TinkerClient } from '../../tinker/wire/tinker-client.ts';
import type { SampledModel } from '../../tinker/wire/tinker-shapes.ts';

/** A sampling session of one set of weights, in a session of its own: what is lost of one is lost of no other. */
export interface Sampler {
  readonly sessionId: string;
  readonly samplingSessionId: string;
  /** Each question of a sampling session has a number of its own. */
  nextSeqId(): number;
  /** The server knows it no more: whoever asks for these weights next makes another. */
  forget(): void;
}

// Rollouts in flight sample from the last few versions; who samples from an older one makes its session anew.
const MOST_KEPT = 16;

/**
 * Gives the sampling session of these weights; the first that is asked for is made. It is made for all who wait for it,
 * so nobody's abort ends it, and `timeoutMs` does.
 */
export function createSamplers(client: TinkerClient, timeoutMs: number): (model: SampledModel) => Promise<Sampler> {
  const known = new Map<string, Promise<Sampler>>();
  return (model) => {
    const key = JSON.stringify(model);
    const kept = known.get(key);
    if (kept !== undefined) return kept;
    const forget = () => {
      if (known.get(key) === created) known.delete(key);
    };
    const created = createSampler(client, { model, forget }, AbortSignal.timeout(timeoutMs));
    known.set(key, created);
    created.catch(forget);
    const [oldest] = known.keys();
    if (known.size > MOST_KEPT && oldest !== undefined) known.delete(oldest);
    return created;
  };
}

async function createSampler(
  client: TinkerClient,
  { model, forget }: { readonly model: SampledModel; readonly forget: () => void },
  signal: AbortSignal,
): Promise<Sampler> {
  const sessionId = await client.createSession(['policy'], signal);
  const samplingSessionId = await client.createSamplingSession({ sessionId, model }, signal);
  let asked = 0;
  return { sessionId, samplingSessionId, nextSeqId: () => asked++, forget };
}
