import type { CappedOutput } from '../../sandbox/sandbox.ts';

/** A stream as text, decoded once; what was left out is said between head and tail. */
export function outputText({ head, tail, droppedBytes }: CappedOutput): string {
  if (droppedBytes === 0) return decode(Buffer.concat([head, tail]));
  return `${decode(head)}\n[... ${droppedBytes} bytes left out ...]\n${decode(tail)}`;
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder('utf-8').decode(bytes);
}
