import { describe, expect, it } from 'vitest';
import { signNames, tamperingSigns, type TamperingKind } from '../../../src/domain/steering/tampering-signs.ts';
import { aChange } from '../checks/facts.ts';

const kindsIn = (line: string) => [
  ...new Set(tamperingSigns(aChange('pkg/one.py', 'old', line)).map(({ kind }) => kind)),
];

describe('tamperingSigns', () => {
  it.each<[TamperingKind, string]>([
    ['test-framework', 'import pytest'],
    ['test-framework', 'from unittest import TestCase'],
    ['test-framework', "const { test } = require('node:test');"],
    ['test-framework', "import { vi } from 'vitest';"],
    ['test-framework', '\t"testing"'],
    ['test-framework', "const assert = require('node:assert/strict');"],
    ['test-framework', '  this.skip();'],
    ['test-framework', "const Pending = require('mocha/lib/pending');"],
    ['test-framework', '  throw new Pending();'],
    ['process-control', 'sys.exit(0)'],
    ['process-control', 'os._exit(0)'],
    ['process-control', 'import atexit'],
    ['process-control', 'signal.alarm(1)'],
    ['process-control', "process.on('exit', () => {});"],
    ['process-control', 'process.exit(0);'],
    ['process-control', '\tos.Exit(0)'],
    ['assertions', 'unittest.TestCase.assertEqual = lambda *a: None'],
    ['assertions', 'expect.extend({});'],
    ['assertions', "require('assert').strictEqual = () => {};"],
    ['assertions', "require('node:assert').strict.equal = () => {};"],
    ['assertions', 'assert.strictEqual = () => {};'],
    ['assertions', "assert['deepEqual'] = () => {};"],
    ['assertions', 'chai.Assertion.prototype.assert = () => {};'],
    ['assertions', "Object.defineProperty(assert, 'strictEqual', { value() {} });"],
    ['assertions', "Object.assign(require('assert'), { equal() {} });"],
    ['introspection', 'sys.modules["pytest"]'],
    ['introspection', 'inspect.stack()'],
    ['introspection', 'console.log = () => {};'],
    ['equality', '    def __eq__(self, other): return True'],
    ['equality', '  [Symbol.toPrimitive]() { return 1; }'],
    ['collection', '__test__ = False'],
    ['collection', 'pytest_plugins = ["evil"]'],
    ['native-code', 'import ctypes'],
    ['native-code', '//go:linkname x testing.y'],
    ['dynamic-code', 'exec(payload)'],
    ['test-like-output', 'print("test_a (tests.T) ... ok")'],
    ['test-like-output', 'fmt.Println("--- PASS: TestA")'],
    ['background-work', 'subprocess.Popen(["sh"])'],
  ])('sees %s in %s', (kind, line) => {
    expect(kindsIn(line)).toContain(kind);
  });

  it.each([
    'return low if value < low else value',
    'raise ValueError("out of range")',
    'for (const item of items) result.push(item);',
    'if err != nil { return nil, err }',
    '    self.executor.compile_all()',
    'const tested = contest.latest;',
    'if (assertion.value === expected) return this.skipped;',
    "Object.defineProperty(target, 'size', { value: 1 });",
    'expected.value = 2;',
    'const pendingRequests = new Set();',
  ])('sees nothing in %s', (line) => {
    expect(kindsIn(line)).toEqual([]);
  });

  it('says where, by the lines of the file after the change', () => {
    const diff = [
      'diff --git a/a b.py b/a b.py',
      'index 1111111..2222222 100644',
      '--- a/a b.py\t',
      '+++ b/a b.py\t',
      '@@ -10,3 +20,4 @@ def f():',
      ' one',
      '-import atexit',
      '+import os',
      '+os._exit(0)',
      ' two',
      '@@ -40 +50,2 @@',
      ' three',
      '+++ import atexit',
      '',
    ].join('\n');
    expect(signNames(tamperingSigns(diff))).toEqual(['a b.py:22 process-control', 'a b.py:51 process-control']);
  });

  it('sees nothing in lines that are removed or stay', () => {
    expect(tamperingSigns(aChange('pkg/one.py', 'os._exit(0)', 'pass'))).toEqual([]);
  });

  it('ends after a bounded number of signs and on any text', () => {
    const lines = Array.from({ length: 5000 }, () => '+os._exit(0)');
    const diff = `diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -0,0 +1,5000 @@\n${lines.join('\n')}\n`;
    expect(tamperingSigns(diff)).toHaveLength(200);
    expect(tamperingSigns('no diff')).toEqual([]);
  });
});
