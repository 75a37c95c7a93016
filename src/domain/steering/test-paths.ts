import { steersTestRunner } from './runner-steering.ts';

/**
 * Whether a file is a test file by its place or its name, in the conventions of Python, JavaScript, Go and the rest
 * (docs/specification.md#test-files). A file that steers the test runner is none, wherever it lies.
 */
export function isTestPath(path: string): boolean {
  if (steersTestRunner(path)) return false;
  const segments = path.split('/');
  const name = segments.at(-1) ?? '';
  return (
    segments.slice(0, -1).some((segment) => TEST_DIRECTORY.test(segment)) ||
    SPECIFICATION.test(path) ||
    TEST_NAME.test(name)
  );
}

const TEST_DIRECTORY =
  /^(?:tests?|__(?:tests|mocks|fixtures|snapshots)__|unittests?|e2e|testdata|test(?:utils?|helpers?))$/;

// Ruby's tests, wherever they are, and those of JavaScript with what they read, at the root of a package. In other places and
// languages a specification is something that a program is about.
const SPECIFICATION =
  /(?:^|\/)specs?\/.+\.rb$|^(?:(?:packages|apps|libs|modules)\/[^/]+\/)?specs?\/(?!.+\.(?:py|go|rs|java|kt|cs|swift|php|cc?|cpp|h)$)/;

const TEST_NAME = new RegExp(
  [
    // Python: test_x.py, x_test.py, tests.py
    String.raw`^(?:test_.+|.+_tests?|tests?)\.py$`,
    // JavaScript and TypeScript: x.test.ts, x.spec.js, x-test.js, test-x.js, test.js
    String.raw`^(?:.+[._-](?:test|spec)s?|tests?[._-].+|tests?)\.[cm]?[jt]sx?$`,
    // Go, Rust, Ruby, Elixir, Java, Kotlin
    String.raw`^.+_test\.(?:go|rs|rb|exs|cc|cpp|c)$`,
    String.raw`^.+_spec\.rb$`,
    String.raw`^.+Tests?\.(?:java|kt|cs|scala|swift)$`,
    // What tests compare with: snapshots of jest, vitest, insta and syrupy
    String.raw`^.+\.(?:snap|ambr)$`,
  ].join('|'),
);
