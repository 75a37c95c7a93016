import { Writable } from 'node:stream';

import { describe, expect, it, vi } from 'vitest';

import { createOutput } from '../../../src/cli/text/output.ts';

function failingStream(): Writable {
  return new Writable({
    write: (_chunk, _encoding, done) => {
      done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
    },
  });
}

describe('an output', () => {
  it('goes quiet when its reader goes away, and says so once', async () => {
    const onClosed = vi.fn();
    const output = createOutput(failingStream(), onClosed);
    output.write('one\n');
    await new Promise((resolve) => setImmediate(resolve));
    output.write('two\n');
    await new Promise((resolve) => setImmediate(resolve));
    expect(onClosed).toHaveBeenCalledTimes(1);
  });

  it('neither cuts lines nor colours them in a pipe', () => {
    const output = createOutput(failingStream(), () => undefined);
    expect(output.columns()).toBe(Number.POSITIVE_INFINITY);
    expect(output.colors.red('x')).toBe('x');
  });

  it('follows the width of a terminal', () => {
    const terminal = Object.assign(failingStream(), { isTTY: true, columns: 120 });
    const output = createOutput(terminal, () => undefined);
    terminal.columns = 60;
    expect(output.columns()).toBe(60);
  });
});
