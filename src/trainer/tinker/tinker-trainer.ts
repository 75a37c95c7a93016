import type { Trainer } from '../trainer.ts';
import { beginSession, resumeSession } from './begin-session.ts';
import { keepingAlive } from './keeping-alive.ts';
import { saveOnce } from './save-once.ts';
import { SERVER_DIFFERENCES } from '../../tinker/wire/server-differences.ts';
import type { TinkerParts, TinkerTrainerOptions } from './tinker-options.ts';
import { readCheckpoint, readSession } from './tinker-session.ts';
import { trainStep } from './train-step.ts';
import { createTinkerClient } from '../../tinker/wire/tinker-client.ts';

/** Any server of the Tinker protocol: SkyRL, miles, hosted (docs/training.md, "Tinker"). */
export function createTinkerTrainer(options: TinkerTrainerOptions): Trainer {
  const client = createTinkerClient(options);
  const parts: TinkerParts = { client, options, differences: SERVER_DIFFERENCES[options.server] };
  return {
    name: `tinker (${options.server})`,
    takes: 'tokens',
    open: (runId, call) => beginSession(parts, runId, call),
    resume: (runId, kept, call) => resumeSession(parts, { runId, kept }, call),
    async trainStep(kept, step, call) {
      const session = readSession(kept);
      return await keepingAlive(parts, session, call, () => trainStep(parts, { session, step }, call));
    },
    async checkpoint(kept, step, call) {
      const name = `step-${String(step).padStart(6, '0')}`;
      const { session, path } = await saveOnce(parts, { kind: 'training', name, session: readSession(kept) }, call);
      const { runId, modelId } = session;
      return { session, kept: { format: 'tinker-checkpoint-1', runId, modelId, path } };
    },
    async publish(kept, version, call) {
      const name = `v${version}`;
      const { session, path } = await saveOnce(parts, { kind: 'sampler', name, session: readSession(kept) }, call);
      return { session, kept: { kind: 'sampler', version, path } };
    },
    async removeCheckpoint(_, checkpoint, { signal }) {
      await client.remove(readCheckpoint(checkpoint).path, signal);
    },
    async keepAlive(kept, { signal }) {
      await client.heartbeat(readSession(kept).sessionId, signal);
    },
  };
}
