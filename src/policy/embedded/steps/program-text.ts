import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * The text of a program that runs in a sandbox, by its path below `src/policy/embedded`. It is a file of its own language,
 * read from the sources also where this runs from `dist`: the compiler puts nothing but TypeScript there.
 */
export function programText(path: string): string {
  return readFileSync(fileURLToPath(new URL(`../../../../src/policy/embedded/${path}`, import.meta.url)), 'utf8');
}
