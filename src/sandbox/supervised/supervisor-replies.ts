import { SandboxUnavailableError } from '../../domain/failure/errors.ts';
import type { CappedOutput, CommandResult, FileReading, FileWriting } from '../sandbox.ts';
import { isRecord } from '../is-record.ts';
import type { SupervisorFrame } from './supervisor-frames.ts';

const ENDINGS = ['exited', 'timed-out', 'cancelled'] as const;
const READ_PROBLEMS = ['missing', 'not-a-file', 'symbolic-link', 'too-large', 'not-permitted'] as const;
const WRITE_PROBLEMS = ['symbolic-link', 'not-a-file', 'not-a-directory', 'not-permitted', 'no-space'] as const;

export function toCommandResult({ header, body }: SupervisorFrame): CommandResult {
  const { ending, exitCode, durationMs, streams } = header;
  const sizes = Array.isArray(streams) ? streams.flat().map(Number) : [];
  const [outHead = 0, outTail = 0, outDropped = 0, errorHead = 0, errorTail = 0, errorDropped = 0] = sizes;
  const errorStart = outHead + outTail;
  return {
    ending: oneOf(ENDINGS, ending),
    exitCode: typeof exitCode === 'number' ? exitCode : null,
    stdout: output(body, [0, outHead, errorStart], outDropped),
    stderr: output(body, [errorStart, errorStart + errorHead, errorStart + errorHead + errorTail], errorDropped),
    durationMs: Number(durationMs),
    ...readShare(header.share),
    ...(header.outOfMemory === true ? { outOfMemory: true } : {}),
  };
}

/** A supervisor that could not see its command's share of the machine says nothing of it. */
function readShare(share: unknown): Pick<CommandResult, 'share'> {
  if (!isRecord(share)) return {};
  return { share: { limitMs: Number(share.limitMs), lostMs: Number(share.lostMs) } };
}

export function toFileReading({ header, body }: SupervisorFrame): FileReading {
  if (header.problem === undefined) return { found: true, content: body, executable: header.executable === true };
  return { found: false, problem: oneOf(READ_PROBLEMS, header.problem) };
}

export function toFileWriting({ header }: SupervisorFrame): FileWriting {
  if (header.problem === undefined) return { written: true };
  return { written: false, problem: oneOf(WRITE_PROBLEMS, header.problem) };
}

function output(
  body: Uint8Array,
  [start, middle, end]: readonly [number, number, number],
  droppedBytes: number,
): CappedOutput {
  return { head: body.subarray(start, middle), tail: body.subarray(middle, end), droppedBytes };
}

function oneOf<const Word extends string>(words: readonly Word[], value: unknown): Word {
  const found = words.find((word) => word === value);
  if (found === undefined) throw new SandboxUnavailableError(`the supervisor answered ${JSON.stringify(value)}`);
  return found;
}
