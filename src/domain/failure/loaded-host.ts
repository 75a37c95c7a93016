/**
 * How the heartbeat of a host ends whose processors are taken by others, so that its silence may mean that it is slow
 * (docs/specification.md#load).
 */
export const UNDER_LOAD = ', on a machine under load';

/** Whether the last that was heard of a host is that others had its processors. */
export function saysUnderLoad(heartbeat: unknown): boolean {
  return typeof heartbeat === 'string' && heartbeat.endsWith(UNDER_LOAD);
}
