import { keepingSession } from '../../tinker/wire/keeping-session.ts';
import type { TrainerCall } from '../trainer.ts';
import type { TinkerParts } from './tinker-options.ts';
import type { TinkerSession } from './tinker-session.ts';

/** Does something that may take hours while the session is kept. */
export async function keepingAlive<Result>(
  { client, options: { heartbeatMs } }: TinkerParts,
  { sessionId }: TinkerSession,
  { signal }: TrainerCall,
  task: () => Promise<Result>,
): Promise<Result> {
  // Says before anything large is sent that the session is gone.
  await client.heartbeat(sessionId, signal);
  return await keepingSession(client, { sessionId, heartbeatMs }, task);
}
