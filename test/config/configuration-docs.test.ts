import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it } from 'vitest';
import { parse } from 'yaml';

import { CONFIGURATION_DOCS, configurationDocs } from '../../scripts/write-configuration-docs.ts';
import { packageRoot } from '../../src/config/package-root.ts';
import { readConfiguration } from '../../src/config/read-configuration.ts';

it('has a configuration page that says what the schema says (else: npx tsx scripts/write-configuration-docs.ts)', async () => {
  expect(readFileSync(CONFIGURATION_DOCS, 'utf8')).toBe(await configurationDocs());
});

it('describes every key of the configuration', async () => {
  const undescribed = (await configurationDocs()).split('\n').filter((line) => /^\| `.*\|\s+\|$/.test(line));
  expect(undescribed).toEqual([]);
});

it.each(['README.md', 'docs/configuration.md', 'docs/policy-servers.md'])(
  'shows only configurations that can be read in %s',
  (page) => {
    const text = readFileSync(join(packageRoot, page), 'utf8');
    const examples = [...text.matchAll(/^```ya?ml\n([\s\S]*?)^```/gm)].map(([, example = '']) => example);
    expect(examples).not.toEqual([]);
    for (const example of examples) expect(() => readConfiguration(parse(example), page)).not.toThrow();
  },
);
