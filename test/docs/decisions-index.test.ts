import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { packageRoot } from '../../src/config/package-root.ts';

const FOLDER = join(packageRoot, 'docs/decisions');

describe('the index of decisions', () => {
  it('has every record once, under its own title', () => {
    const records = readdirSync(FOLDER).filter((name) => /^\d{4}-/.test(name));
    const entries = records.map((name) => {
      const [title = ''] = readFileSync(join(FOLDER, name), 'utf8').split('\n');
      return `- [${title.replace(/^# /, '')}](${name})`;
    });
    const index = readFileSync(join(FOLDER, 'README.md'), 'utf8').split('\n');
    expect(index.filter((line) => line.startsWith('- [')).sort()).toEqual(entries.sort());
  });
});
