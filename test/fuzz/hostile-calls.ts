import fc from 'fast-check';

import type { ToolCall } from '../../src/domain/protocol/tool-call.ts';
import { anyLine, anyPath } from './hostile-text.ts';

/** Paths that an agent may name to get out, to trip the file system, or to be taken for another. */
const hostilePath: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: anyPath },
  {
    weight: 6,
    arbitrary: fc.constantFrom(
      '.git/hooks/x',
      '.git/config',
      '../x',
      '../../../../../../../../../x',
      '/',
      '/x',
      '//x',
      '/etc/passwd',
      '/proc/self/mem',
      '/proc/self/fd/1',
      '/proc/1/root/x',
      '/dev/null',
      '/dev/stdout',
      '/sys/x',
      '/root/.ssh/authorized_keys',
      '/tmp/../../x',
      '~/x',
      '$HOME/x',
      '-x',
      '.',
      '..',
      './',
      'a.py/',
      'a.py/b',
      'a.py.',
      'a.py ',
      'a.py\n',
      'a.py\r',
      '\na.py',
      'a\0.py',
      '\0',
      '/tmp/\0',
      '\uD800\uDFFF\uD800',
      'e\u0301.py',
      '\u202Eyp.a',
      'x'.repeat(255),
      'x'.repeat(256),
      'x'.repeat(5_000),
      '/x'.repeat(5_000),
      'é'.repeat(200),
    ),
  },
  {
    weight: 2,
    arbitrary: fc
      .array(fc.constantFrom('..', '.', '', 'a', '.git', 'tmp'), { maxLength: 12 })
      .map((all) => all.join('/')),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
);

const text = fc.oneof(anyLine, fc.constantFrom('x = 1', 'one\n', '\uD800', ''));

/** Calls of the three tools that take paths, by an agent that says whatever it likes. */
export const hostileCall: fc.Arbitrary<ToolCall> = fc.oneof(
  fc.record({ tool: fc.constant('edit' as const), path: hostilePath, search: text, replace: text }),
  fc.record({ tool: fc.constant('create' as const), path: hostilePath, content: text }),
  fc.record({ tool: fc.constant('submit' as const), paths: fc.array(hostilePath, { maxLength: 6 }) }),
);
