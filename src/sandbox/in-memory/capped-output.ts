import type { CappedOutput } from '../sandbox.ts';

/** The first and the last half of a stream that is at hand as a whole. */
export function cappedOutput(stream: Uint8Array, capBytes: number): CappedOutput {
  const headBytes = Math.floor(capBytes / 2);
  const tailStart = Math.max(headBytes, stream.length - (capBytes - headBytes));
  const head = stream.subarray(0, headBytes);
  return { head, tail: stream.subarray(tailStart), droppedBytes: Math.max(0, tailStart - headBytes) };
}
