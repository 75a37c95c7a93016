import type { CommandResult } from './sandbox.ts';

export function cancelledBeforeStart(): CommandResult {
  const nothing = { head: new Uint8Array(), tail: new Uint8Array(), droppedBytes: 0 };
  return { ending: 'cancelled', exitCode: null, stdout: nothing, stderr: nothing, durationMs: 0 };
}
