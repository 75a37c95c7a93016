import {
  PolicyRequestRejectedError,
  PolicyUnavailableError,
  TrainerLostError,
  TrainerRefusedError,
  TrainerUnavailableError,
} from '../../domain/failure/errors.ts';

/** What a client of the Tinker protocol fails with, as the policy port has it; other errors stay as they are. */
export function policyFailureOf(what: string, error: unknown): unknown {
  if (error instanceof TrainerRefusedError) return new PolicyRequestRejectedError(`${what}: ${error.message}`);
  // What is lost is there again with the next session, or under the path that the trainer publishes once it is back.
  if (error instanceof TrainerLostError || error instanceof TrainerUnavailableError)
    return new PolicyUnavailableError(`${what}: ${error.message}`, { cause: error });
  return error;
}
