import fc from 'fast-check';

/** How many inputs each property gets at this level. */
export const INPUTS = 10_000;

/** The same inputs on every machine and day; another seed is one argument away when something new is looked for. */
export const SEED = Number(process.env.FUZZ_SEED ?? 20_251_218);

/** Paths that a tree may hold, those that steer a runner or are tests, and every kind that may not be touched. */
export const anyPath: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.constantFrom(
      'new.py',
      'deep/er/new.py',
      'pkg/new.py',
      'ü/neu.py',
      'with space/new one.py',
      'jest.config.js',
    ),
  },
  { weight: 2, arbitrary: fc.constantFrom('a.py', 'pkg/b.py', 'empty.txt', 'run.sh') },
  { weight: 2, arbitrary: fc.constantFrom('conftest.py', 'tests/test_a.py', 'package.json', 'node_modules/x/y.js') },
  {
    weight: 2,
    arbitrary: fc.constantFrom('with space/c d.py', 'é/ü.py', 'e\u0301/u\u0308.py', 'x b/x', 'tab\there', 'quo"te.py'),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      '../outside.txt',
      'pkg/../../outside.txt',
      '/tmp/absolute',
      '.git/config',
      '.GIT/hooks/pre-commit',
      'pkg/.git/config',
      'git~1/config',
      'pkg/./b.py',
      'pkg//b.py',
      'back\\slash',
      'dot./x',
      'line\nfeed',
      'nul\0here',
      '\u202Egnp.py',
      '\uFEFFa.py',
      'replaced\uFFFD.py',
      '\uD800',
      '',
      'x'.repeat(300),
      'd/'.repeat(1500),
    ),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }) },
);

/** A line of code or of a list, and now and then one of a megabyte. */
export const anyLine: fc.Arbitrary<string> = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom('', 'x = 1', '    return y', '-- a', '++ b', 'é', 'crlf\r', '\t') },
  { weight: 4, arbitrary: fc.string({ maxLength: 20 }).map((text) => text.replaceAll('\n', ' ')) },
  { weight: 1, arbitrary: fc.constantFrom('\0', '\uFEFF', '\u2028', '\r', '\uFFFD') },
);

/** A megabyte in one line: rare, for it costs what a thousand others do. */
export const hugeLine = 'y'.repeat(2 ** 20);

/** Every reason is one that a person can act on and a ledger can hold. */
export function isReason(text: string): boolean {
  return /\p{L}{2,}/u.test(text) && text.length <= REASON_LIMIT;
}

/** Names in reasons are cut to 200 characters, five at most; escapes make each up to six times as long. */
const REASON_LIMIT = 8_000;
