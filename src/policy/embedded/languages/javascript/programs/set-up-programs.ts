import { COVERAGE_PROGRAM } from './coverage-program.ts';
import type { RunnerName } from './adapters.ts';

// Begins and ends of tests as a runner's own hooks see them; `KEY` gives the titles as the diagnosis joins them.
const OBSERVING = String.raw`
const observer = createObserver(process.cwd());
const note = (key) => {
  observer.leave(key);
  const { calls, lines } = observer.seen.get(key) || { calls: [], lines: [] };
  const line = JSON.stringify({ key, calls: [...calls], lines: [...lines] });
  require("fs").appendFileSync(process.env.SELF_OBSERVED, line + "\n");
};
`;

const NODE_TEST_SET_UP = String.raw`
if (process.env.NODE_TEST_CONTEXT) {
  const { beforeEach, afterEach } = require("node:test");
  ${OBSERVING}
  const keyOf = (test) => test.fullName || test.name;
  beforeEach((test) => observer.enter(keyOf(test)));
  afterEach((test) => note(keyOf(test)));
}
`;

const VITEST_SET_UP = String.raw`
const keyOf = (task) => (task.suite && task.suite.name ? keyOf(task.suite) + " > " + task.name : task.name);
beforeEach((context) => observer.enter(keyOf(context.task || context.meta)));
afterEach((context) => note(keyOf(context.task || context.meta)));
`;

const JEST_SET_UP = String.raw`
const keyOf = () => expect.getState().currentTestName;
beforeEach(() => observer.enter(keyOf()));
afterEach(() => note(keyOf()));
`;

/** Writes the file that observes tests where a runner starts processes of its own, and gives its path. */
const SET_UPS: Readonly<Record<RunnerName, string>> = {
  tape: '',
  mocha: '',
  'node:test': setUp({
    joint: ' > ',
    code: JSON.stringify(COVERAGE_PROGRAM + NODE_TEST_SET_UP),
    ending: '.cjs',
    given: 'process.env.NODE_OPTIONS = ((process.env.NODE_OPTIONS || "") + " --require " + place).trim(); return [];',
  }),
  vitest: setUp({
    joint: ' > ',
    code: [
      `"import { createRequire } from 'node:module';\\nimport { beforeEach, afterEach } from " + `,
      `JSON.stringify(path.join(path.dirname(near(file).resolve("vitest/package.json")), "dist/index.js")) + ";\\n" + `,
      `"const require = createRequire(process.cwd() + '/');\\n" + `,
      JSON.stringify(COVERAGE_PROGRAM + OBSERVING + VITEST_SET_UP),
    ].join(''),
    ending: '.mjs',
    given: 'return [place];',
  }),
  jest: setUp({
    joint: ' ',
    code: JSON.stringify(COVERAGE_PROGRAM + OBSERVING + JEST_SET_UP),
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

export function setUpFor(runner: RunnerName): string {
  return SET_UPS[runner];
}
