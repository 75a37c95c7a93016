import { describe, expect, it } from 'vitest';

import { mayNameItsHost, movedText } from '../../../src/sandbox/prepared/host-paths.ts';

describe('a file of an environment', () => {
  it.each([
    'bin/pytest',
    'bin/activate',
    'pyvenv.cfg',
    'lib/python3.11/site-packages/_calc.pth',
    'lib/python3.11/site-packages/calc.egg-link',
    'lib/python3.11/site-packages/__editable___calc_1_0_finder.py',
    'lib/python3.11/site-packages/calc-1.0.dist-info/direct_url.json',
    'node_modules/.bin/mocha',
    'lib/pkgconfig/zlib.pc',
  ])('that installers write places into: %s', (file) => {
    expect(mayNameItsHost(file)).toBe(true);
  });

  it.each([
    'lib/python3.11/site-packages/calc/bin/tool.py',
    'lib/python3.11/site-packages/pytest/__init__.py',
    'node_modules/mocha/bin/mocha.js',
    'go/bin/gofmt/x',
  ])('that is code: %s', (file) => {
    expect(mayNameItsHost(file)).toBe(false);
  });
});

describe('the text of an environment', () => {
  const moves = [
    { from: '/srv/calc', to: '/repo' },
    { from: '/srv/calc/.venv', to: '/opt/environment' },
  ];

  it.each([
    ['an interpreter', '#!/srv/calc/.venv/bin/python3\n', '#!/opt/environment/bin/python3\n'],
    [
      'a long interpreter',
      `'''exec' "/srv/calc/.venv/bin/python3" "$0"`,
      `'''exec' "/opt/environment/bin/python3" "$0"`,
    ],
    ['a variable', 'VIRTUAL_ENV=/srv/calc/.venv\n', 'VIRTUAL_ENV=/opt/environment\n'],
    ['a path to add', '/srv/calc/src\n', '/repo/src\n'],
    ['an address', '{"url": "file:///srv/calc"}', '{"url": "file:///repo"}'],
    ['a finder', "MAPPING = {'calc': '/srv/calc/src/calc'}", "MAPPING = {'calc': '/repo/src/calc'}"],
  ])('names the sandbox in %s', (_, text, moved) => {
    expect(movedText(text, moves)).toBe(moved);
  });

  it.each(['/srv/calculator/bin', '/srv/calc-2', '/home/srv/calc', '/srv/calc.old', 'https://host.org/srv/calc'])(
    'keeps another place: %s',
    (text) => {
      expect(movedText(text, moves)).toBe(text);
    },
  );
});
