import type { BlobRef } from '../../domain/record/blob-ref.ts';
import type { LogLinearWeights } from '../../domain/training/log-linear-weights.ts';
import { renderToolCall } from '../../domain/protocol/call-text.ts';
import { seededDraw } from '../../domain/draw/seeded-draw.ts';
import { createChooser, type Choose } from './choice/choose.ts';
import { DEFAULT_WEIGHTS, type Weights } from './choice/default-weights.ts';
import { injectorProgram } from './programs/injector-program.ts';
import { javascript } from './languages/javascript/javascript.ts';
import { go } from './languages/go/go.ts';
import { python } from './languages/python/python.ts';
import { renderChoices, replayProgram } from './programs/replay-program.ts';
import { solverProgram } from './programs/solver-program.ts';
import type { Steps } from './steps/steps.ts';
import { readInjectorTask, readSolverTask, turnsAfterPrompt } from './programs/task.ts';
import { PolicyRequestRejectedError } from '../../domain/failure/errors.ts';
import type { Policy, PolicyReply, PolicyRequest } from '../policy.ts';
import { tokensOf } from '../tokens-of.ts';

export interface EmbeddedPolicyOptions {
  readonly weights?: Weights;
  /** Weights that its trainer has published. */
  readonly readWeights?: (published: BlobRef) => Promise<LogLinearWeights>;
}

const LANGUAGES = [python, javascript, go] as const;

/**
 * A policy without a model server: a log-linear model over the choices of two fixed programs
 * (docs/specification.md#embedded-policy).
 *
 * A reply is a pure function of messages, weights and seed. There is no state between calls, so a rollout goes on
 * anywhere, and the transcript's observations are all that it knows.
 */
export function createEmbeddedPolicy({ weights = DEFAULT_WEIGHTS, readWeights }: EmbeddedPolicyOptions = {}): Policy {
  const weightsOf = async ({ publication }: PolicyRequest): Promise<Weights> => {
    if (publication === undefined) return weights;
    if (publication.kind !== 'embedded' || readWeights === undefined)
      throw new PolicyRequestRejectedError(`the embedded policy has no weights of kind ${publication.kind}`);
    // What these weights do not know yet begins as it is here.
    return { ...weights, ...(await readWeights(publication)) };
  };
  const reply = (request: PolicyRequest, weights: Weights): PolicyReply => {
    const { messages, sampling, seed } = request;
    const draw = (ordinal: number) => seededDraw(seed, 'decision', ordinal);
    const chooser = createChooser({ weights, temperature: sampling.temperature, draw });
    const { call, decisions } = replayProgram(programOf(request, chooser.choose), turnsAfterPrompt(messages), chooser);
    const text = renderChoices(decisions) + (call === undefined ? 'My work is done.' : renderToolCall(call));
    const promptTokens = messages.reduce((sum, { content }) => sum + tokensOf(content), 0);
    const usage = { promptTokens, completionTokens: tokensOf(text), costUsd: 0 };
    const policyVersion = request.publication?.version ?? 0;
    const reply = { text, finish: 'stop', usage, policyVersion, decisions } as const;
    return call?.leavesNoTrace === true ? { ...reply, leavesNoTrace: true } : reply;
  };
  return {
    name: 'embedded',
    sample: async (request, { signal }) => {
      signal.throwIfAborted();
      return reply(request, await weightsOf(request));
    },
  };
}

function programOf({ role, messages }: PolicyRequest, choose: Choose): Steps<void> {
  return role === 'injector'
    ? injectorProgram(readInjectorTask(messages), choose, LANGUAGES)
    : solverProgram(readSolverTask(messages), choose, LANGUAGES);
}
