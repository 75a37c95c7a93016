import { TrainerRefusedError, TrainerUnavailableError } from '../../domain/failure/errors.ts';
import type { ServerDifferences } from './server-differences.ts';
import { jsonOf } from './await-future.ts';
import { forwardBackwardInput, textInput } from './json-codec.ts';
import { optimStepSchema, readForwardBackwardJson, readSampleJson } from './json-results.ts';
import { decodeForwardBackwardOutput, decodeSampleResponse, encodeForwardBackward } from './protobuf-codec.ts';
import { adamProblem, forwardBackwardProblem, sampleProblem } from './request-problems.ts';
import { readJson, submit, type Commands } from './submit.ts';
import type { TinkerRequest } from './tinker-connection.ts';
import type {
  AdamParams,
  ForwardBackward,
  ForwardBackwardResult,
  SampleRequest,
  SampleResult,
  Wire,
} from './tinker-shapes.ts';
import type { TinkerAnswer } from './tinker-transport.ts';

export interface OptimStep {
  readonly modelId: string;
  readonly seqId: number;
  readonly adam: AdamParams;
}

export interface TrainingCommands {
  /** Adds the gradient of the data to what the next `optimStep` takes; the same number again adds nothing. */
  forwardBackward(request: ForwardBackward, wire: Wire, signal: AbortSignal): Promise<ForwardBackwardResult>;
  /** Gives the metrics as the server names them. */
  optimStep(step: OptimStep, signal: AbortSignal): Promise<Readonly<Record<string, number>>>;
  sample(request: SampleRequest, signal: AbortSignal): Promise<SampleResult>;
}

interface TrainingOptions {
  readonly differences: ServerDifferences;
  readonly vocabularySize: number | undefined;
}

export function createTrainingCommands(
  commands: Commands,
  { differences, vocabularySize }: TrainingOptions,
): TrainingCommands {
  return {
    async forwardBackward(request, wire, signal) {
      refuse(`forward_backward ${request.seqId}`, forwardBackwardProblem(request, vocabularySize));
      const answer = await submit(commands, forwardBackwardRequest(request, wire, differences), signal);
      return readTensors(answer, readForwardBackwardJson, decodeForwardBackwardOutput);
    },
    async optimStep({ modelId, seqId, adam }, signal) {
      const what = `optim_step ${seqId} of ${modelId}`;
      refuse(what, adamProblem(adam));
      const body = { model_id: modelId, seq_id: seqId, adam_params: adam };
      const answer = await submit(commands, { path: '/optim_step', body, repeatable: true, what }, signal);
      return readJson(optimStepSchema, answer, what).metrics ?? {};
    },
    async sample(request, signal) {
      refuse('asample', sampleProblem(request, vocabularySize));
      const body = sampleBody(request);
      const answer = await submit(commands, { path: '/asample', body, repeatable: true, what: 'asample' }, signal);
      return readTensors(answer, readSampleJson, decodeSampleResponse);
    },
  };
}

/** How a request is written in this format, for this server. */
function forwardBackwardRequest(
  request: ForwardBackward,
  wire: Wire,
  { forwardOnly }: ServerDifferences,
): TinkerRequest {
  const what = `forward_backward ${request.seqId} of ${request.modelId}`;
  if (wire === 'protobuf')
    return { path: '/forward_backward', body: encodeForwardBackward(request), repeatable: true, what };
  const ids = { model_id: request.modelId, seq_id: request.seqId };
  const input = forwardBackwardInput(request);
  if (request.forwardOnly && forwardOnly === 'route')
    return { path: '/forward', body: { ...ids, forward_input: input }, repeatable: true, what };
  const body = { ...ids, forward_backward_input: input, ...(request.forwardOnly ? { forward_only: true } : {}) };
  return { path: '/forward_backward', body, repeatable: true, what };
}

function sampleBody(request: SampleRequest): object {
  return {
    num_samples: request.samples,
    prompt: textInput(request.prompt),
    sampling_params: {
      max_tokens: request.maxTokens,
      temperature: request.temperature,
      top_p: request.topP,
      top_k: request.topK,
      seed: request.seed,
      stop: request.stop,
    },
    ...('path' in request.model ? { model_path: request.model.path } : { base_model: request.model.base }),
  };
}

function refuse(what: string, problem: string | undefined): void {
  if (problem !== undefined) throw new TrainerRefusedError(`${what} is not sent: ${problem}`);
}

/** SkyRL 0.4 answers in protobuf whatever is asked for, and does not name the type: it is the one that was asked for. */
function readTensors<Result>(
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
