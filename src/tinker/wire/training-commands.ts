import type { ServerDifferences } from './server-differences.ts';
import { forwardBackwardInput } from './json-codec.ts';
import { optimStepSchema, readForwardBackwardJson } from './json-results.ts';
import { decodeForwardBackwardOutput, encodeForwardBackward } from './protobuf-codec.ts';
import { readTensors } from './read-tensors.ts';
import { adamProblem, forwardBackwardProblem, refuse } from './request-problems.ts';
import { readJson, submit, type Commands } from './submit.ts';
import type { TinkerRequest } from './tinker-connection.ts';
import type { AdamParams, ForwardBackward, ForwardBackwardResult, Wire } from './tinker-shapes.ts';

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
