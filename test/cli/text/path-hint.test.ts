import { setImmediate } from 'node:timers/promises';

import { describe, expect, it } from 'vitest';

import { hintingAtPath } from '../../../src/cli/text/path-hint.ts';
import { createRecordingOutput } from '../command-fixture.ts';

function hinting(folder: string | undefined) {
  const output = createRecordingOutput(undefined);
  const messages = createRecordingOutput(undefined);
  const outputs = hintingAtPath({ output: output.output, messages: messages.output }, () => Promise.resolve(folder));
  const written = async () => {
    await setImmediate();
    return [output.text(), messages.text()];
  };
  return { ...outputs, written };
}

const HINT = 'selfplay is not on PATH here: export PATH="/cache/bin:$PATH"\n';

describe('how a command can be typed', () => {
  it.each(['no run yet; start one with `selfplay demo`\n', 'Look closer:\n  selfplay show demo-1\n'])(
    'is said once, after the first text that names one: %j',
    async (text) => {
      const { output, written } = hinting('/cache/bin');
      output.write('nothing\n');
      output.write(text);
      output.write(text);
      expect(await written()).toEqual([`nothing\n${text}${text}`, HINT]);
    },
  );

  it('is said after a problem that names one', async () => {
    const { messages, written } = hinting('/cache/bin');
    messages.write('selfplay: there is no home. Start with `selfplay demo`\n');
    expect(await written()).toEqual(['', `selfplay: there is no home. Start with \`selfplay demo\`\n${HINT}`]);
  });

  it.each(['selfplay is up\n', '  $ selfplay show demo-1\n', 'Usage: selfplay [options]\n', 'selfplay: no disk\n'])(
    'is not said of %j, which tells nobody to type anything',
    async (text) => {
      const { output, written } = hinting('/cache/bin');
      output.write(text);
      expect(await written()).toEqual([text, '']);
    },
  );

  it('is not said where it can be typed as it is', async () => {
    const { output, written } = hinting(undefined);
    output.write('see `selfplay show`\n');
    expect(await written()).toEqual(['see `selfplay show`\n', '']);
  });
});
