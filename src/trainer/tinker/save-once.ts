import { setTimeout as delay } from 'node:timers/promises';

import { TrainerLostError } from '../../domain/failure/errors.ts';
import type { TrainerCall } from '../trainer.ts';
import { keepingAlive } from './keeping-alive.ts';
import type { TinkerParts } from './tinker-options.ts';
import type { TinkerSession } from './tinker-session.ts';
import type { TinkerClient } from '../../tinker/wire/tinker-client.ts';

const LONGEST_SAVE_MS = 15 * 60_000;
const PAUSE_MS = 1_000;

type Kind = 'training' | 'sampler';

/**
 * Saves under a name, and gives the path however often it is asked.
 *
 * The name is taken when a save begins, so one whose answer was lost finds its own name taken; then the list of complete
 * checkpoints is asked until it is there. A save of a model that is lost never comes to be, and its name stays taken.
 */
export async function saveOnce(
  parts: TinkerParts,
  { kind, name, session }: { kind: Kind; name: string; session: TinkerSession },
  call: TrainerCall,
): Promise<{ readonly path: string; readonly session: TinkerSession }> {
  const { modelId, nextSeqId } = session;
  const seqId = parts.differences.savesAreNumbered ? nextSeqId : undefined;
  call.say(`${name} of ${modelId} is being saved`);
  return await keepingAlive(parts, session, call, async () => {
    const saved = await parts.client.save(kind, { modelId, name, seqId }, call.signal);
    const path = saved.outcome === 'saved' ? saved.path : await pathOfOther(parts, { kind, name, modelId }, call);
    return { path: fullPath(path), session: { ...session, nextSeqId: nextSeqId + (seqId === undefined ? 0 : 1) } };
  });
}

interface Sought {
  readonly kind: Kind;
  readonly name: string;
  readonly modelId: string;
}

async function pathOfOther(
  { client, options }: TinkerParts,
  sought: Sought,
  { signal, say }: TrainerCall,
): Promise<string> {
  const { name, modelId } = sought;
  const longestMs = options.longestSaveMs ?? LONGEST_SAVE_MS;
  const until = Date.now() + longestMs;
  say(`${name} of ${modelId} is waited for: it is being saved already`);
  do {
    const path = await findPath(client, sought, signal);
    if (path !== undefined) return path;
    await delay(options.pauseMs ?? PAUSE_MS, undefined, { signal });
  } while (Date.now() < until);
  throw new TrainerLostError(`${name} of ${modelId} is not complete after ${longestMs} ms: its save was never begun`);
}

async function findPath(client: TinkerClient, { kind, name, modelId }: Sought, signal: AbortSignal) {
  const stored = await client.checkpoints(modelId, signal);
  return stored.find((checkpoint) => checkpoint.kind === kind && checkpoint.name === name)?.path;
}

/** SkyRL answers a save for sampling with `tinker://MODEL/NAME`, and lists it as everybody else calls it. */
function fullPath(path: string): string {
  return path.replace(/^(tinker:\/\/[^/]+)\/([^/]+)$/, '$1/sampler_weights/$2');
}
