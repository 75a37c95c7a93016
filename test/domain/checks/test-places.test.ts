import { describe, expect, it } from 'vitest';

import { createTestPlaces } from '../../../src/domain/checks/test-places.ts';

const placesOf = createTestPlaces(['tests/test_a.py', 'tests/sub/test_b.py', 'other/test_b.py', 'test/a.test.js']);

describe('the test files that an id names', () => {
  it.each<[string, readonly string[]]>([
    ['tests/test_a.py::TestA::test_x', ['tests/test_a.py']],
    ['test_a.py::test_x[other/test_b.py]', ['tests/test_a.py']],
    ['../project/tests/test_a.py::test_x', ['tests/test_a.py']],
    ['test_x (tests.test_a.TestA.test_x)', ['tests/test_a.py']],
    ['test_x (test_a.TestA)', ['tests/test_a.py']],
    ['sub.test_b.TestB.test_x', ['tests/sub/test_b.py']],
    ['test_b.py::test_x', ['tests/sub/test_b.py', 'other/test_b.py']],
    ['test/a.test.js::suite › title', ['test/a.test.js']],
    ['a.test.js > suite > title', ['test/a.test.js']],
    ['suite reads a file of version 1.2', []],
    ['test_a', []],
    ['tests/test_new.py::test_x', []],
  ])('%j: %j', (id, files) => {
    expect(placesOf(id)).toEqual(files);
  });
});
