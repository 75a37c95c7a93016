import { edited, type Project } from '../trial.ts';

export const LIMITS = `function clamp(value, low, high) {
  if (value < low) return low;
  if (value > high) return high;
  return value;
}

function add(a, b) {
  return a + b;
}

module.exports = { add, clamp };
`;

export const NAMES = `exports.shout = (text) => text.toUpperCase() + '!';

exports.initials = (name) =>
  name
    .split(' ')
    .map((part) => part[0])
    .join('');
`;

const HIGH = '  if (value > high) return high;\n';

export const JAVASCRIPT_BUG = {
  'lib/limits.js': edited(LIMITS, HIGH, ''),
  'lib/names.js': edited(NAMES, 'text.toUpperCase()', 'text'),
};
export const JAVASCRIPT_REPAIR = { 'lib/limits.js': LIMITS, 'lib/names.js': NAMES };

/** What weakens the test of the upper limit without taking it away. */
const LOOSER = ['assert.strictEqual(clamp(15, 0, 10), 10)', 'assert.ok(clamp(15, 0, 10) >= 10)'] as const;
const HIGH_TEST = `  it('keeps the upper limit', () => {
    assert.strictEqual(clamp(15, 0, 10), 10);
  });
`;

const LIMITS_TEST = `const assert = require('assert');
const { add, clamp } = require('../lib/limits.js');

describe('limits', () => {
  it('adds', () => {
    assert.strictEqual(add(1, 2), 3);
  });
  it('keeps the lower limit', () => {
    assert.strictEqual(clamp(-5, 0, 10), 0);
  });
${HIGH_TEST}  it('keeps what is between', () => {
    assert.strictEqual(clamp(5, 0, 10), 5);
  });
});
`;

const NAMES_TEST = `const assert = require('assert');
const { initials, shout } = require('../lib/names.js');

describe('names', () => {
  it('are shouted', () => {
    assert.strictEqual(shout('hey'), 'HEY!');
  });
  it('have initials', () => {
    assert.strictEqual(initials('Ada Lovelace'), 'AL');
  });
  it('may be one word', () => {
    assert.strictEqual(initials('Ada'), 'A');
  });
});
`;

export const TAP_PARSER = `import json
import re
import sys

results = {}
for line in sys.stdin.read().splitlines():
    match = re.match(r"\\s*(ok|not ok) \\d+ (?:- )?(.+?)(?: # time=.*)?$", line)
    if match and "# SKIP" not in line:
        failed = match.group(1) != "ok" or results.get(match.group(2)) == "failed"
        results[match.group(2)] = "failed" if failed else "passed"
print(json.dumps(results))
`;

export const PACKAGE = {
  name: 'limits',
  version: '1.0.0',
  main: 'lib/limits.js',
  scripts: { test: 'mocha --reporter tap test' },
};

/** The weakening that takes it away. */
export const WITHOUT_HIGH_TEST = { 'test/limits.test.js': edited(LIMITS_TEST, HIGH_TEST, '') };

/** mocha, started through the package's own script. */
export const mocha: () => Project = () => ({
  name: 'mocha',
  language: 'JavaScript',
  environment: 'object-path',
  original: {
    'lib/limits.js': LIMITS,
    'lib/names.js': NAMES,
    'package.json': `${JSON.stringify(PACKAGE, undefined, 2)}\n`,
    'test/limits.test.js': LIMITS_TEST,
    'test/names.test.js': NAMES_TEST,
  },
  bug: JAVASCRIPT_BUG,
  weakening: { 'test/limits.test.js': edited(LIMITS_TEST, ...LOOSER) },
  testScript: 'npm test --silent\n',
  testFiles: 'test/limits.test.js\ntest/names.test.js\n',
  testParser: TAP_PARSER,
});

const NODE_HEAD = "const { describe, it } = require('node:test');\n";

/** The runner that Node brings. */
export const nodeTest: () => Project = () => ({
  ...mocha(),
  name: 'node-test',
  original: {
    ...mocha().original,
    'test/limits.test.js': NODE_HEAD + LIMITS_TEST,
    'test/names.test.js': NODE_HEAD + NAMES_TEST,
  },
  weakening: { 'test/limits.test.js': NODE_HEAD + edited(LIMITS_TEST, HIGH_TEST, '') },
  testScript: 'node --test --test-reporter=tap test/limits.test.js test/names.test.js\n',
});

const TAPE_TEST = `const test = require('tape');
const { add, clamp } = require('../lib/limits.js');
const { initials, shout } = require('../lib/names.js');

test('adds', (t) => {
  t.equal(add(1, 2), 3, 'is three');
  t.equal(add(1, -2), -1, 'is minus one');
  t.end();
});
test('keeps limits', (t) => {
  t.equal(clamp(-5, 0, 10), 0, 'is the lower limit');
  t.equal(clamp(15, 0, 10), 10, 'is the upper limit');
  t.end();
});
test('names', (t) => {
  t.equal(shout('hey'), 'HEY!', 'is shouted');
  t.equal(initials('Ada Lovelace'), 'AL', 'has initials');
  t.equal(initials('Ada'), 'A', 'has one initial');
  t.end();
});
`;

/** tape: one assertion is one line of the log. */
export const tape: () => Project = () => ({
  ...mocha(),
  name: 'tape',
  original: { 'lib/limits.js': LIMITS, 'lib/names.js': NAMES, 'test/all.js': TAPE_TEST },
  weakening: { 'test/all.js': edited(TAPE_TEST, 't.equal(clamp(15, 0, 10), 10,', 't.ok(clamp(15, 0, 10) >= 10,') },
  testScript: 'tape test/all.js\n',
  testFiles: 'test/all.js\n',
});
