/** What `go test` runs by its name: tests, examples, and fuzz tests on their seeds. */
const TEST_FUNCTION = /^(?:Test|Example|Fuzz)(?![\p{Ll}])\w*$/u;

/** Names of the tests that lines of code define. */
export function testsDefinedIn(lines: readonly string[]): readonly string[] {
  return lines.flatMap((line) => {
    const name = /^func\s+(\w+)\s*\(/.exec(line)?.[1] ?? '';
    return isTestName(name) ? [name] : [];
  });
}

/** `TestMain` runs the tests and is none. */
function isTestName(name: string): boolean {
  return TEST_FUNCTION.test(name) && name !== 'TestMain';
}
