import fc from 'fast-check';
import { expect, it } from 'vitest';

import { foreignLoads } from '../../src/domain/script/script-loads.ts';
import { readShell } from '../../src/syntax/shell-script.ts';
import { INPUTS, SEED } from './hostile-text.ts';

const token = fc.constantFrom(
  ...['(', '((', ')', '$(', '`', '"', "'", '\\', '${', '${a:-', '}', '$((', '$[', '$a', '{ ', '[[ ', '[ ', '@(', '=~ '],
  ...[
    '<<E\n',
    "<<'E' ",
    '<<-E\n',
    'E\n',
    '<<<',
    '<(',
    '>',
    '&>',
    '2>&1',
    '|',
    '&&',
    ';',
    ';;',
    '!',
    '\n',
    '\r\n',
    ' ',
    '#',
  ],
  ...[
    'if ',
    'then ',
    'fi',
    'for x in ',
    'case a in ',
    'do ',
    'done ',
    'esac',
    'f(){ ',
    'eval ',
    'sh -c ',
    'cd a',
    'export ',
  ],
  ...['a=', 'a=(', 'A[1]=', 'PYTHONPATH=', '-p ', 'pytest ', 'é😀', '\u2028', '\0'],
);

it('any shell text is read, to an answer that is not much longer', () => {
  fc.assert(
    fc.property(fc.array(token, { maxLength: 300 }), (tokens) => {
      const script = readShell(tokens.join(''));
      expect(JSON.stringify(script).length).toBeLessThan(1_000_000);
      expect(foreignLoads(script)).toBeInstanceOf(Array);
    }),
    { numRuns: INPUTS / 10, seed: SEED },
  );
});
