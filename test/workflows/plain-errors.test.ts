import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { Lang, parse } from '@ast-grep/napi';
import { describe, expect, it } from 'vitest';

const WORKFLOWS = fileURLToPath(new URL('../../src/workflows', import.meta.url));

function plainErrors(code: string): readonly string[] {
  return parse(Lang.TypeScript, code)
    .root()
    .findAll('throw new Error($$$)')
    .map((thrown) => thrown.text());
}

// Temporal retries a workflow task that fails with a plain Error for ever; an ApplicationFailure ends the workflow.
describe('code of workflows', () => {
  it.each(readdirSync(WORKFLOWS, { encoding: 'utf8' }))('throws no plain Error: %s', (file) => {
    expect(plainErrors(readFileSync(`${WORKFLOWS}/${file}`, 'utf8'))).toEqual([]);
  });

  it('would be found out', () => {
    expect(plainErrors("function f() {\n  if (g()) throw new Error('it is over');\n}")).toHaveLength(1);
  });
});
