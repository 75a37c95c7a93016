import type { TestRun } from './test-run.ts';

/**
 * What a reason says behind its end where logs that it rests on were longer than what is kept: a test whose result stood
 * in the middle is missing then, and nobody could tell why. Empty where no log was cut.
 */
export function saidOfCutLogs(runs: readonly TestRun[]): string {
  const cut = runs.flatMap(({ leftOutBytes = 0 }) => (leftOutBytes > 0 ? [leftOutBytes] : []));
  if (cut.length === 0) return '';
  const most = Math.max(...cut) / 1024 ** 2;
  const size = most < 0.1 ? 'less than 0.1' : most.toFixed(1);
  const logs = cut.length === 1 ? 'a log was too long' : `${cut.length} logs were too long`;
  return ` (${logs}: up to ${size} MiB of the middle, and the results that stood there, are left out)`;
}
