import { TrainerUnavailableError } from '../../domain/failure/errors.ts';
import { jsonOf } from './await-future.ts';
import type { TinkerAnswer } from './tinker-transport.ts';

/** SkyRL 0.4 answers in protobuf whatever is asked for, and does not name the type: it is the one that was asked for. */
export function readTensors<Result>(
  answer: TinkerAnswer,
  readJsonResult: (value: unknown) => Result,
  decode: (body: Uint8Array) => Result,
): Result {
  const json = jsonOf(answer);
  try {
    return json === undefined ? decode(answer.body) : readJsonResult(json);
  } catch (error) {
    // zod, protobufjs and a bad DType: each says that these bytes are no result.
    const reason = error instanceof Error ? error.message : String(error);
    throw new TrainerUnavailableError(`the server answered with what is no result: ${reason}`, { cause: error });
  }
}
