/**
 * Whether a file of this name steers a JavaScript test runner beyond the configuration files that all runners share the
 * pattern of: how sources are compiled, what is set up before tests, which packages and which Node are used (SPEC 6).
 */
export function steersJavaScriptRunner(name: string): boolean {
  return NAMES.has(name) || PATTERN.test(name);
}

const NAMES = new Set([
  'jsconfig.json',
  'package-lock.json',
  'npm-shrinkwrap.json',
  'yarn.lock',
  'pnpm-lock.yaml',
  'pnpm-workspace.yaml',
  'bunfig.toml',
  'deno.json',
  'deno.jsonc',
  '.nvmrc',
  '.node-version',
  '.c8rc.json',
]);

const PATTERN = new RegExp(
  [
    String.raw`^tsconfig(?:[.-][\w.-]+)?\.json$`,
    // setupTests.js, test-setup.ts, tests.setup.mjs, mocha.setup.cjs
    String.raw`^(?:setup-?tests?|(?:tests?|mocha)[.-]?setup)\.[cm]?[jt]sx?$`,
    // What .mocharc and .babelrc are called without their dot.
    String.raw`^(?:mocharc|babelrc|swcrc)\.\w+$`,
  ].join('|'),
  'i',
);
