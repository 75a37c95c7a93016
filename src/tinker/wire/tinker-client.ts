import { SERVER_DIFFERENCES, type TinkerServer } from './server-differences.ts';
import type { Patience } from './await-future.ts';
import { createModelCommands, type ModelCommands } from './model-commands.ts';
import { createTinkerConnection, type TinkerAddress } from './tinker-connection.ts';
import { createSamplingCommands, type SamplingCommands } from './sampling-commands.ts';
import { createTrainingCommands, type TrainingCommands } from './training-commands.ts';
import { createWeightsCommands, type WeightsCommands } from './weights-commands.ts';

export interface TinkerClientOptions extends TinkerAddress, Patience {
  readonly server: TinkerServer;
  /** Where it is known, ids outside of it are never sent. */
  readonly vocabularySize?: number | undefined;
}

export type TinkerClient = ModelCommands & SamplingCommands & TrainingCommands & WeightsCommands;

/**
 * A client of the Tinker protocol. Errors: `TrainerUnavailableError`, `TrainerLostError`, `TrainerRefusedError` as of the
 * trainer port, and the abort reason.
 */
export function createTinkerClient(options: TinkerClientOptions): TinkerClient {
  const differences = SERVER_DIFFERENCES[options.server];
  const commands = { connection: createTinkerConnection(options), patience: options };
  return {
    ...createModelCommands(commands, differences),
    ...createTrainingCommands(commands, { differences, vocabularySize: options.vocabularySize }),
    ...createSamplingCommands(commands, options.vocabularySize),
    ...createWeightsCommands(commands),
  };
}
