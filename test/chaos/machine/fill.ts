import { spawnSync } from 'node:child_process';

/** Writes to a file until not a byte more fits on its disk. */
export function fill(file: string): void {
  // Others write and remove meanwhile, so how much fits is known only by trying; that it ends with an error is the point.
  spawnSync('sh', ['-c', 'exec cat /dev/zero >"$0"', file], { stdio: 'ignore' });
}
