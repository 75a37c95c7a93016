/**
 * How long to wait before the next try, after `times` of them. The step itself has tried for a while; from here on the
 * wait doubles to five minutes, so that what is down for a night is asked gently and found again soon after it is up.
 */
export function waitMs(times: number): number {
  return Math.min(300_000, 1000 * 2 ** times);
}

/** Waits for a machine under load, eight and a half minutes in all; then something is wrong with it. */
export const MACHINE_WAITS = 8;
