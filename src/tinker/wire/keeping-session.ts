import type { TinkerClient } from './tinker-client.ts';

const HEARTBEAT_MS = 60_000;

/**
 * Does something that may take long while a session is kept: only heartbeats keep one, commands do not (SkyRL drops the
 * models of a session after 300 s without one).
 */
export async function keepingSession<Result>(
  client: Pick<TinkerClient, 'heartbeat'>,
  { sessionId, heartbeatMs = HEARTBEAT_MS }: { readonly sessionId: string; readonly heartbeatMs?: number | undefined },
  task: () => Promise<Result>,
): Promise<Result> {
  const done = new AbortController();
  const timer = setInterval(() => {
    // What is wrong with the server the command under way finds out, too.
    client.heartbeat(sessionId, done.signal).catch(() => undefined);
  }, heartbeatMs);
  try {
    return await task();
  } finally {
    clearInterval(timer);
    done.abort();
  }
}
