import { TrainerLostError, TrainerRefusedError, TrainerUnavailableError } from '../../domain/failure/errors.ts';
import type { Checkpoint, TrainerCall } from '../trainer.ts';
import { keepingAlive } from './keeping-alive.ts';
import type { TinkerParts } from './tinker-options.ts';
import { readCheckpoint, type TinkerCheckpoint, type TinkerSession } from './tinker-session.ts';
import type { TinkerClient } from '../../tinker/wire/tinker-client.ts';

/** A new model in a session of its own. One that nobody keeps alive is dropped by the server. */
export async function beginSession(
  { client, options: { baseModel, parameters, wire: configured } }: TinkerParts,
  runId: string,
  { signal, say }: TrainerCall,
): Promise<TinkerSession> {
  const wire = configured === 'auto' ? await client.findWire(signal) : configured;
  const sessionId = await client.createSession([runId], signal);
  say(`${baseModel} is being loaded`);
  const modelId = await client.createModel({ sessionId, baseModel, parameters }, signal);
  return { format: 'tinker-session-1', runId, sessionId, modelId, baseModel, nextSeqId: 1, wire };
}

/** A new model with the checkpoint's weights and optimizer, which can only be loaded as a model's first command. */
export async function resumeSession(
  parts: TinkerParts,
  { runId, kept }: { runId: string; kept: Checkpoint },
  call: TrainerCall,
): Promise<TinkerSession> {
  const { client } = parts;
  const checkpoint = readCheckpoint(kept);
  await client.weightsInfo(checkpoint.path, call.signal);
  if (checkpoint.runId === runId) await unloadFormer(client, checkpoint, call);
  const session = await beginSession(parts, runId, call);
  call.say(`${checkpoint.path} is being loaded`);
  const load = { modelId: session.modelId, path: checkpoint.path };
  await keepingAlive(parts, session, call, () => client.load(load, call.signal));
  return { ...session, nextSeqId: session.nextSeqId + 1 };
}

/**
 * The model that is replaced may still be there: lost to us, yet in a slot that the new one needs, or with numbers in it
 * that are none, which spoil every model of a SkyRL on JAX until it is unloaded.
 */
async function unloadFormer(client: TinkerClient, { modelId }: TinkerCheckpoint, call: TrainerCall): Promise<void> {
  call.say(`${modelId} is being unloaded`);
  try {
    await client.unloadModel(modelId, call.signal);
  } catch (error) {
    if (!isOfTrainer(error)) throw error;
  }
}

function isOfTrainer(error: unknown): boolean {
  return [TrainerLostError, TrainerRefusedError, TrainerUnavailableError].some((kind) => error instanceof kind);
}
