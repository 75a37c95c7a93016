import { ServingUnavailableError, WeightsNotServedError } from '../../domain/failure/errors.ts';
import type { ServingCall } from '../serving.ts';
import type { Replica } from './replica.ts';

export type ReplicaWork = (replica: Replica, signal: AbortSignal) => Promise<void>;

/**
 * Does the work on all replicas at once, and waits for each of them also where one fails: nothing may still be on its way
 * to a replica when the next phase begins. What goes wrong is one error with what every replica said.
 */
export async function onAll(
  replicas: readonly Replica[],
  { call: { signal, say }, what }: { readonly call: ServingCall; readonly what: string },
  work: ReplicaWork,
): Promise<void> {
  signal.throwIfAborted();
  if (replicas.length === 0) return;
  say(`${what}: ${replicas.map(({ url }) => url).join(', ')}`);
  const outcomes = await Promise.allSettled(replicas.map((replica) => work(replica, signal)));
  signal.throwIfAborted();
  const failures = outcomes.flatMap((outcome): unknown[] => (outcome.status === 'rejected' ? [outcome.reason] : []));
  const known = failures.filter((failure) => isOfServing(failure));
  if (known.length < failures.length) throw failures.find((failure) => !isOfServing(failure));
  if (known.length === 0) return;
  const message = known.map((failure) => failure.message).join('; ');
  // One that will never serve them is not waited for.
  throw known.some((failure) => failure instanceof WeightsNotServedError)
    ? new WeightsNotServedError(message)
    : new ServingUnavailableError(message);
}

function isOfServing(failure: unknown): failure is ServingUnavailableError | WeightsNotServedError {
  return failure instanceof ServingUnavailableError || failure instanceof WeightsNotServedError;
}
