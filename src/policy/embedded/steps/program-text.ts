import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../config/package-root.ts';

/**
 * The text of a program that runs in a sandbox, by its path below `src/policy/embedded`. It is a file of its own language,
 * read from the sources also where this runs from `dist`: only TypeScript goes there.
 */
export function programText(path: string): string {
  return readFileSync(join(packageRoot, 'src/policy/embedded', path), 'utf8');
}
