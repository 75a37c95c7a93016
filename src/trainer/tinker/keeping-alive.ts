import type { TrainerCall } from '../trainer.ts';
import type { TinkerParts } from './tinker-options.ts';
import type { TinkerSession } from './tinker-session.ts';

const HEARTBEAT_MS = 60_000;

/**
 * Does something that may take hours while the session is kept: only heartbeats keep it, commands do not (SkyRL drops
 * the models of a session after 300 s without one).
 */
export async function keepingAlive<Result>(
  { client, options }: TinkerParts,
  { sessionId }: TinkerSession,
  { signal }: TrainerCall,
  task: () => Promise<Result>,
): Promise<Result> {
  // Says before anything large is sent that the session is gone.
  await client.heartbeat(sessionId, signal);
  const done = new AbortController();
  const beating = AbortSignal.any([signal, done.signal]);
  const timer = setInterval(() => {
    // What is wrong with the server the command under way finds out, too.
    client.heartbeat(sessionId, beating).catch(() => undefined);
  }, options.heartbeatMs ?? HEARTBEAT_MS);
  try {
    return await task();
  } finally {
    clearInterval(timer);
    done.abort();
  }
}
