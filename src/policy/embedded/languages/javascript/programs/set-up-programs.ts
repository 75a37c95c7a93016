import { javascriptText, type RunnerName } from './adapters.ts';

/** Writes the file that observes tests where a runner starts processes of its own, and gives its path. */
const SET_UPS: Readonly<Record<RunnerName, string>> = {
  tape: '',
  mocha: '',
  'node:test': setUp({
    joint: ' > ',
    code: JSON.stringify(observedWith('node-test-set-up')),
    ending: '.cjs',
    given: 'process.env.NODE_OPTIONS = ((process.env.NODE_OPTIONS || "") + " --require " + place).trim(); return [];',
  }),
  vitest: setUp({
    joint: ' > ',
    code: [
      `"import { createRequire } from 'node:module';\\nimport { beforeEach, afterEach } from " + `,
      `JSON.stringify(path.join(path.dirname(near(file).resolve("vitest/package.json")), "dist/index.js")) + ";\\n" + `,
      `"const require = createRequire(process.cwd() + '/');\\n" + `,
      JSON.stringify(observedWith('vitest-set-up')),
    ].join(''),
    ending: '.mjs',
    given: 'return [place];',
  }),
  jest: setUp({
    joint: ' ',
    code: JSON.stringify(observedWith('jest-set-up')),
    ending: '.cjs',
    given: 'return [place];',
  }),
};

interface SetUp {
  /** What stands between two titles of a key. */
  readonly joint: string;
  /** An expression for the file's text. */
  readonly code: string;
  readonly ending: string;
  /** What tells the runner about the file at `place`. */
  readonly given: string;
}

function setUp({ joint, code, ending, given }: SetUp): string {
  return [
    `const JOINT = ${JSON.stringify(joint)};`,
    'function SET_UP(file) {',
    `  const place = request.observed + "${ending}";`,
    '  process.env.SELF_OBSERVED = request.observed;',
    `  fs.writeFileSync(place, ${code});`,
    '  process.on("exit", () => fs.rmSync(place, { force: true }));',
    `  ${given}`,
    '}\n',
  ].join('\n');
}

function observedWith(hooks: string): string {
  return ['coverage', 'observing', hooks].map(javascriptText).join('\n');
}

export function setUpFor(runner: RunnerName): string {
  return SET_UPS[runner];
}
