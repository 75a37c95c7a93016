import { readFileSync, readlinkSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import type { Environment } from '../../config/environment.ts';
import { packageRoot } from '../../config/package-root.ts';
import { VALIDATOR_VERSION } from '../../domain/checks/validator-version.ts';

/** A binary that does not say its version within this time is of no use; it takes a tenth of a second. */
const VERSION_TIMEOUT_MS = 10_000;

/** What `--version` says: everything that decides how a run is played and judged. */
export async function describeVersions(environment: Pick<Environment, 'temporalBinary'>): Promise<string> {
  const versions = [
    ['selfplay', selfplayVersion()],
    ['validator', VALIDATOR_VERSION],
    ['Temporal SDK', temporalSdkVersion()],
    ['Temporal server', await temporalServerVersion(environment)],
  ] as const;
  return versions.map(([name, version]) => `${name.padEnd(17)}${version}\n`).join('');
}

/** The version of this package. */
export function selfplayVersion(): string {
  return versionIn(join(packageRoot, 'package.json'));
}

/** The version of Temporal's SDK that is installed. */
export function temporalSdkVersion(): string {
  return versionIn(createRequire(import.meta.url).resolve('@temporalio/client/package.json'));
}

/** That of the binary that runs are played on: `1.31.2 (temporal 1.8.2)`. */
async function temporalServerVersion({ temporalBinary }: Pick<Environment, 'temporalBinary'>): Promise<string> {
  const said = notedVersion(temporalBinary) ?? (await askForVersion(temporalBinary));
  if (said === undefined) return `none at ${temporalBinary}; scripts/setup --only temporal`;
  const [, command, server] = /^temporal version (\S+) \(Server ([^,)]+)/.exec(said) ?? [];
  return server === undefined ? said.trim() : `${server} (temporal ${command ?? '?'})`;
}

/** Set-up writes down what its binary said, because asking takes longer than all the rest. */
function notedVersion(binary: string): string | undefined {
  try {
    const noted = `${binary}.version`;
    const [target, said] = readFileSync(noted, 'utf8').split('\n');
    // One that was replaced at its place keeps its name; packages keep the date of the file, and not that of its change.
    const replaced = statSync(binary).ctimeMs > statSync(noted).mtimeMs;
    return target === readlinkSync(binary) && !replaced ? said : undefined;
  } catch {
    // Another binary than the one that set-up chose, or none.
    return undefined;
  }
}

async function askForVersion(binary: string): Promise<string | undefined> {
  const { execa } = await import('execa');
  try {
    return (await execa(binary, ['--version'], { timeout: VERSION_TIMEOUT_MS, stdin: 'ignore' })).stdout;
  } catch {
    // Not there, or no program: the answer says so.
    return undefined;
  }
}

function versionIn(file: string): string {
  const found: unknown = JSON.parse(readFileSync(file, 'utf8'));
  if (typeof found === 'object' && found !== null && 'version' in found && typeof found.version === 'string')
    return found.version;
  throw new TypeError(`${file} names no version`);
}
