import {
  ActivityFailure,
  ApplicationFailure,
  ChildWorkflowFailure,
  TimeoutFailure,
  isCancellation,
} from '@temporalio/workflow';

import { saysUnderLoad } from '../domain/failure/loaded-host.ts';
import { errorsOf, saysNothingOfArtifact } from '../domain/failure/fault.ts';
import { rootMessageOf } from '../domain/failure/root-message.ts';

/** What a step on a sandbox's host met, as far as the rollout reacts to it. */
export interface HostFailure {
  readonly kind: 'host-silent' | 'host-overloaded' | 'handed-back' | 'sandbox-gone' | 'fenced' | 'store-away';
  readonly problem: string;
}

/**
 * Undefined for anything that the rollout has no reaction to; cancellation is never one. A step that was silent from its
 * beginning, or that no worker has begun, says nothing of its host: what the host has said before it counts.
 */
export function hostFailureOf(error: unknown, wasUnderLoad = false): HostFailure | undefined {
  if (isCancellation(error) || !(error instanceof ActivityFailure)) return undefined;
  const { cause } = error;
  const problem = rootMessageOf(error);
  if (cause instanceof TimeoutFailure) {
    const heartbeat: unknown = cause.lastHeartbeatDetails;
    const isUnderLoad = heartbeat === undefined ? wasUnderLoad : saysUnderLoad(heartbeat);
    return { kind: isUnderLoad ? 'host-overloaded' : 'host-silent', problem };
  }
  if (!(cause instanceof ApplicationFailure)) return undefined;
  const kind = HOST_FAILURES.get(cause.type ?? '');
  return kind && { kind, problem };
}

const HOST_FAILURES = new Map<string, HostFailure['kind']>([
  ['SandboxGoneError', 'sandbox-gone'],
  ['SandboxUnavailableError', 'host-silent'],
  ['WorkerStoppedError', 'handed-back'],
  ['StoreUnavailableError', 'store-away'],
  ['RolloutFencedError', 'fenced'],
]);

/** Whether a step ended because its worker stops: nothing failed, and another worker takes it. */
export function isHandedBack(error: unknown): boolean {
  return hostFailureOf(error)?.kind === 'handed-back';
}

/**
 * What a check waits for before it is taken again: the store, or a machine whose heartbeats did not come through its
 * load. Undefined for a failure that no wait mends, and for a step that had all of its time.
 */
export function absentBehind(error: unknown): 'store' | 'machine' | undefined {
  const kind = hostFailureOf(error)?.kind;
  if (kind === 'store-away') return 'store';
  return kind === 'host-overloaded' && isHeartbeatMissed(error) ? 'machine' : undefined;
}

function isHeartbeatMissed(error: unknown): boolean {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  return cause instanceof TimeoutFailure && cause.timeoutType === 'HEARTBEAT';
}

/**
 * A workflow's first step, which reads its input. What is wrong with it becomes the workflow's failure itself, so that
 * the Temporal CLI shows it at once.
 */
export async function refusingInvalidInput<Result>(firstStep: () => Promise<Result>): Promise<Result> {
  try {
    return await firstStep();
  } catch (error) {
    const problem = invalidInputOf(error);
    if (problem === undefined) throw error;
    throw ApplicationFailure.nonRetryable(problem, 'InvalidInput');
  }
}

/** The message of a first step that could not read the workflow's input. */
export function invalidInputOf(error: unknown): string | undefined {
  // A local activity fails with the failure itself, a scheduled one with an `ActivityFailure` around it.
  const failure = error instanceof ActivityFailure ? error.cause : error;
  if (!(failure instanceof ApplicationFailure)) return undefined;
  return failure.type === 'InvalidInputError' ? failure.message : undefined;
}

/**
 * What is wrong with the run's set-up, where that is why a step failed: a secret that is not set, a request that the
 * policy's server refuses. Every episode would meet it, so the run fails with it.
 */
export function misconfigurationOf(error: unknown): string | undefined {
  if (error instanceof ChildWorkflowFailure || error instanceof ActivityFailure) return misconfigurationOf(error.cause);
  if (!(error instanceof ApplicationFailure)) return undefined;
  return MISCONFIGURATION.includes(error.type ?? '') ? error.message : undefined;
}

const MISCONFIGURATION = errorsOf('set-up');

/**
 * Whether a step failed because a machine did: the work it belonged to is lost, and a lost machine is never a reward.
 * A refused request or an unreadable input is not: it would fail again.
 */
export function isInfrastructureFailure(error: unknown): boolean {
  if (isCancellation(error)) return false;
  if (error instanceof ChildWorkflowFailure) return isInfrastructureFailure(error.cause);
  if (error instanceof TimeoutFailure) return true;
  if (error instanceof ActivityFailure) return isInfrastructureFailure(error.cause);
  return error instanceof ApplicationFailure && INFRASTRUCTURE.includes(error.type ?? '');
}

/**
 * Why an artifact could not be judged again, where that says nothing about the artifact: a machine was lost, its image
 * or its content is gone. Undefined for anything else, which is a mistake of ours.
 */
export function revalidationProblemOf(error: unknown): string | undefined {
  if (error instanceof ActivityFailure && error.cause instanceof ApplicationFailure) {
    const { type, message } = error.cause;
    if (saysNothingOfArtifact(type ?? '')) return message;
  }
  return isInfrastructureFailure(error) ? rootMessageOf(error) : undefined;
}

const INFRASTRUCTURE = errorsOf('infrastructure');
