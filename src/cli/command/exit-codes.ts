import {
  BlobMissingError,
  ImageNotFoundError,
  InvalidConfigError,
  InvalidInputError,
  PolicyRequestRejectedError,
  PolicyUnavailableError,
  SandboxGoneError,
  SandboxUnavailableError,
  StoreUnavailableError,
} from '../../domain/failure/errors.ts';

/** What a command's exit code says; the same for every command (docs/cli.md). */
export const EXIT = {
  ok: 0,
  /** The command did its work and the answer is no: inconsistent, unsolved, a run that did not complete. */
  no: 1,
  usage: 2,
  /** The machine, a server or selfplay itself kept the command from an answer. */
  infrastructure: 3,
  /** A program in a sandbox was stopped at its deadline; `timeout` of coreutils says it so. */
  timedOut: 124,
} as const;

/** A command that cannot go on, with the code to exit with; its message is all that a person sees. */
export class CommandFailure extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super(message);
    this.name = 'CommandFailure';
    this.exitCode = exitCode;
  }
}

/** What the user wrote can be put right by the user; everything else is for the machine. */
const USERS_DOING = [InvalidConfigError, InvalidInputError, ImageNotFoundError];

/** Errors whose message carries the way out. */
const EXPECTED = [
  ...USERS_DOING,
  CommandFailure,
  BlobMissingError,
  PolicyRequestRejectedError,
  PolicyUnavailableError,
  SandboxGoneError,
  SandboxUnavailableError,
  StoreUnavailableError,
];

export function exitCodeOf(error: unknown): number {
  if (error instanceof CommandFailure) return error.exitCode;
  return USERS_DOING.some((expected) => error instanceof expected) ? EXIT.usage : EXIT.infrastructure;
}

/** One message for a person: the stack only where it was asked for, and a hint at it where the error is a surprise. */
export function describeError(error: unknown, { debug }: { readonly debug: boolean }): string {
  if (debug && error instanceof Error) return `selfplay: ${error.stack ?? error.message}\n`;
  const hint = EXPECTED.some((expected) => error instanceof expected)
    ? ''
    : '\nselfplay: this was not expected; --debug shows where it happened';
  return `selfplay: ${messageOf(error)}${hint}\n`;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
