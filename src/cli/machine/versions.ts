import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { z } from 'zod';

import { packageRoot } from '../../config/package-root.ts';

const packageFormat = z.object({ version: z.string() });

/** The version of this package. */
export function selfplayVersion(): string {
  return versionIn(join(packageRoot, 'package.json'));
}

/** The version of Temporal's SDK that is installed. */
export function temporalSdkVersion(): string {
  return versionIn(createRequire(import.meta.url).resolve('@temporalio/client/package.json'));
}

function versionIn(file: string): string {
  return packageFormat.parse(JSON.parse(readFileSync(file, 'utf8'))).version;
}
