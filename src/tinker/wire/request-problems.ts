import { TrainerRefusedError } from '../../domain/failure/errors.ts';
import type { AdamParams, Datum, ForwardBackward, SampleRequest } from './tinker-shapes.ts';

/**
 * Why a request must not be sent; undefined where nothing speaks against it.
 *
 * A server takes all of this with status 200 (recorded on SkyRL 0.3 and 0.4): what is no number poisons the model, and
 * on JAX every model of the server; an id outside the vocabulary does too; lengths that differ are filled up with zeros;
 * a request without data never ends; a sample without a stop goes on to its limit.
 */
export function forwardBackwardProblem(
  { data, seqId, lossConfig = {} }: ForwardBackward,
  vocabularySize: number | undefined,
): string | undefined {
  if (!Number.isSafeInteger(seqId) || seqId < 1) return `the number ${seqId} is not one from 1 on`;
  if (data.length === 0) return 'it has no data';
  const config = Object.entries(lossConfig).find(([, value]) => !Number.isFinite(value));
  if (config !== undefined) return `its loss setting ${config[0]} is ${config[1]}`;
  for (const [index, datum] of data.entries()) {
    const problem = datumProblem(datum, vocabularySize);
    if (problem !== undefined) return `datum ${index}: ${problem}`;
  }
  return undefined;
}

function datumProblem({ tokens, lossInputs }: Datum, vocabularySize: number | undefined): string | undefined {
  if (tokens.length === 0) return 'it has no tokens';
  if (lossInputs.target_tokens === undefined) return 'it has no target_tokens';
  const problem = tokensProblem(tokens, vocabularySize);
  if (problem !== undefined) return `tokens: ${problem}`;
  for (const [name, { data, dtype }] of Object.entries(lossInputs)) {
    if (data.length !== tokens.length) return `${name} has ${data.length} entries for ${tokens.length} tokens`;
    const wrong =
      name === 'target_tokens' || dtype === 'int64' ? tokensProblem(data, vocabularySize) : numbersProblem(data);
    if (wrong !== undefined) return `${name}: ${wrong}`;
  }
  return undefined;
}

function tokensProblem(tokens: readonly number[], vocabularySize = 2 ** 31): string | undefined {
  const index = tokens.findIndex((token) => !Number.isInteger(token) || token < 0 || token >= vocabularySize);
  return index < 0 ? undefined : `${tokens[index]} at ${index} is no id of a vocabulary of ${vocabularySize}`;
}

/** float32 is what the server reckons with: what overflows there is infinite for it. */
function numbersProblem(numbers: readonly number[]): string | undefined {
  const index = numbers.findIndex((value) => !Number.isFinite(Math.fround(value)));
  return index < 0 ? undefined : `${numbers[index]} at ${index} is no finite number`;
}

/** Why an optimizer step must not be sent. */
export function adamProblem(adam: AdamParams): string | undefined {
  const odd = Object.entries(adam).find(([, value]: [string, number]) => !Number.isFinite(value) || value < 0);
  return odd === undefined ? undefined : `${odd[0]} is ${odd[1]}`;
}

/** Why a sample must not be asked for. */
export function sampleProblem(request: SampleRequest, vocabularySize: number | undefined): string | undefined {
  if (!Number.isInteger(request.samples) || request.samples < 1) return `it asks for ${request.samples} samples`;
  if (!Number.isInteger(request.maxTokens) || request.maxTokens < 1) return `it asks for ${request.maxTokens} tokens`;
  if (request.stop.length === 0) return 'it has no stop';
  if (request.prompt.length === 0) return 'its prompt is empty';
  const problem = tokensProblem(request.prompt, vocabularySize);
  return problem === undefined ? undefined : `prompt: ${problem}`;
}

/** Throws where something speaks against sending it. */
export function refuse(what: string, problem: string | undefined): void {
  if (problem !== undefined) throw new TrainerRefusedError(`${what} is not sent: ${problem}`);
}
