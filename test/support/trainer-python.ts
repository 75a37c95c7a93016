import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

import { packageRoot } from '../../src/config/package-root.ts';

/** The Python with what trainers read, as `scripts/setup --only trainer` has put it into the cache. */
export function trainerPython(): string {
  const { SELFPLAY_CACHE: cache, XDG_CACHE_HOME: caches = join(homedir(), '.cache') } = process.env;
  // Named as tools/trainer/serve names it.
  const hash = createHash('sha256');
  for (const file of ['requirements.txt', 'write_tiny_model.py'])
    hash.update(readFileSync(join(packageRoot, 'tools/trainer', file)));
  const place = join(cache ?? join(caches, 'swe-selfplay'), 'trainer', hash.digest('hex').slice(0, 16));
  const python = join(place, 'environment/bin/python');
  if (!existsSync(python)) throw new Error(`${python} is not here; run scripts/setup --only trainer`);
  return python;
}
