/**
 * Whether a file of this name steers a JavaScript test runner: its configuration, how sources are compiled, what is set
 * up before tests, which packages and which Node are used (docs/specification.md#runner-steering).
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
  'mocha.opts',
  '.npmrc',
  '.yarnrc',
  '.yarnrc.yml',
  '.taprc',
  'jasmine.json',
  'lerna.json',
  'nx.json',
  'turbo.json',
]);

const PATTERN = new RegExp(
  [
    String.raw`^tsconfig(?:[.-][\w.-]+)?\.json$`,
    // setupTests.js, test-setup.ts, tests.setup.mjs, mocha.setup.cjs
    String.raw`^(?:setup-?tests?|(?:tests?|mocha)[.-]?setup)\.[cm]?[jt]sx?$`,
    // What .mocharc and .babelrc are called without their dot.
    String.raw`^(?:mocharc|babelrc|swcrc)\.\w+$`,
    String.raw`^(?:jest|vitest|vite|karma|ava|babel|playwright|cypress|tap|nyc|wdio|nightwatch|cucumber|web-test-runner)[.-](?:config|setup|workspace|conf|preset)\b`,
    String.raw`^\.(?:mocharc|babelrc|swcrc|nycrc|jestrc|testcaferc|esbuildrc)(?:\.\w+)?$`,
    String.raw`^\.pnp\.\w+$`,
  ].join('|'),
  'i',
);
