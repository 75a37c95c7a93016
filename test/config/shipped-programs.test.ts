import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/config/package-root.ts';

/** What the compiler does not put into `dist`: programs that run in a sandbox or beside one, read from the sources. */
const PROGRAMS = readdirSync(path.join(packageRoot, 'src'), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && /\.(?:py|cjs|sh|go)$/.test(entry.name))
  .map((entry) => path.relative(packageRoot, path.join(entry.parentPath, entry.name)));

describe('programs that are no TypeScript', () => {
  it('go out with the package', () => {
    const listed = execFileSync('npm', ['pack', '--dry-run', '--ignore-scripts', '--json'], {
      cwd: packageRoot,
      stdio: ['ignore', 'pipe', 'ignore'],
      maxBuffer: 64 * 1024 * 1024,
    }).toString();
    expect(PROGRAMS.length).toBeGreaterThan(0);
    expect(PROGRAMS.filter((file) => !listed.includes(JSON.stringify(file)))).toEqual([]);
  });

  it('are in the image of the workers', () => {
    const copied = [...readFileSync(path.join(packageRoot, 'Dockerfile'), 'utf8').matchAll(/^COPY (src\/\S+)/gm)]
      .map((match) => (match[1] ?? '').replace(/\/\*\.\w+$/, ''))
      .filter((place) => place !== 'src');
    expect(PROGRAMS.filter((file) => !copied.some((place) => file.startsWith(`${place}/`)))).toEqual([]);
  });
});
