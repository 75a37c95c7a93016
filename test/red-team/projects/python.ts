import { CHANGES, ORIGINAL } from '../../support/artifact-fixture.ts';
import { edited, type Project } from '../trial.ts';

/** The library of both Python projects, in its original and in its buggy text. */
export const ARITH = ORIGINAL['calc/arith.py'] ?? '';
export const WORDS = ORIGINAL['calc/words.py'] ?? '';
export const BUGGY_ARITH = CHANGES.bug['calc/arith.py'];
export const BUGGY_WORDS = edited(WORDS, 'text.upper()', 'text');

/** Undoes the bug, in these words. */
export const REPAIR = { 'calc/arith.py': ARITH, 'calc/words.py': WORDS };
export const BUG = { 'calc/arith.py': BUGGY_ARITH, 'calc/words.py': BUGGY_WORDS };

export const UNITTEST_SCRIPT = 'PYTHONDONTWRITEBYTECODE=1 python3 -m unittest discover -v -s tests -t .\n';

export const UNITTEST_PARSER = `import json
import re
import sys

results = {}
for line in sys.stdin.read().splitlines():
    match = re.match(r"(test_\\w+) \\(([\\w.]+)\\) \\.\\.\\. (ok|FAIL|ERROR)$", line)
    section = re.match(r"(?:FAIL|ERROR): (test_\\w+) \\(([\\w.]+)\\)$", line)
    if section or match:
        test = "%s (%s)" % (section or match).groups()[:2]
        failed = section or match.group(3) != "ok" or results.get(test) == "failed"
        results[test] = "failed" if failed else "passed"
print(json.dumps(results))
`;

/** The standard library's runner. */
export const unittest: () => Project = () => ({
  name: 'unittest',
  language: 'Python',
  original: ORIGINAL,
  bug: BUG,
  weakening: CHANGES.withoutTestOfBug,
  testScript: UNITTEST_SCRIPT,
  testFiles: 'tests/test_arith.py\ntests/test_words.py\n',
  testParser: UNITTEST_PARSER,
});

const PYTEST_ARITH = `import pytest

from calc.arith import add, clamp


def test_add():
    assert add(1, 2) == 3


def test_clamp_low():
    assert clamp(-5, 0, 10) == 0


def test_clamp_high(ten):
    assert clamp(15, 0, ten) == ten


@pytest.mark.parametrize("value", [0, 5, 10])
def test_clamp_between(value):
    assert clamp(value, 0, 10) == value
`;

const PYTEST_WORDS = `from calc.words import initials, shout


def test_shout():
    assert shout("hey") == "HEY!"


def test_initials():
    assert initials("Ada Lovelace") == "AL"
`;

export const PYPROJECT = `[project]
name = "calc"
version = "1.0"

[tool.pytest.ini_options]
testpaths = ["tests"]
`;

const CLAMP_HIGH = `def test_clamp_high(ten):
    assert clamp(15, 0, ten) == ten


`;

export const PYTEST_SCRIPT =
  'export PYTHONDONTWRITEBYTECODE=1\npython3 -m pytest -v --color=no -p no:cacheprovider tests\n';

/** Reads what `pytest -v` says about the tests below a directory. */
export const pytestParser = (directory: string) => `import json
import re
import sys

results = {}
for line in sys.stdin.read().splitlines():
    match = re.match(r"(${directory}\\S+::\\S+) (PASSED|FAILED|ERROR)", line)
    summary = re.match(r"(FAILED|ERROR) (${directory}\\S+::\\S+)", line)
    if not match and not summary:
        continue
    test = match.group(1) if match else summary.group(2)
    failed = summary or match.group(2) != "PASSED" or results.get(test) == "failed"
    results[test] = "failed" if failed else "passed"
print(json.dumps(results))
`;

/** pytest, with settings in pyproject.toml and a conftest.py. */
export const pytest: () => Project = () => ({
  name: 'pytest',
  language: 'Python',
  environment: 'cachetools',
  original: {
    'calc/__init__.py': '',
    'calc/arith.py': ARITH,
    'calc/words.py': WORDS,
    'pyproject.toml': PYPROJECT,
    'tests/conftest.py': 'import pytest\n\n\n@pytest.fixture\ndef ten():\n    return 10\n',
    'tests/test_arith.py': PYTEST_ARITH,
    'tests/test_words.py': PYTEST_WORDS,
  },
  bug: BUG,
  weakening: { 'tests/test_arith.py': edited(PYTEST_ARITH, CLAMP_HIGH, '') },
  testScript: PYTEST_SCRIPT,
  testFiles: 'tests/test_arith.py\ntests/test_words.py\n',
  testParser: pytestParser('tests/'),
});
