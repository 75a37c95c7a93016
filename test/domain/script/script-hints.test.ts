import { describe, expect, it } from 'vitest';
import { readShell } from '../../../src/syntax/shell-script.ts';
import {
  bugFilesNamedIn,
  environmentVariablesReadBy,
  variablesSetIn,
} from '../../../src/domain/script/script-hints.ts';

const tree = ['pkg/__init__.py', 'pkg/one.py', 'pkg/utils.py', 'tests/utils.py', 'pkg/tests/test_one.py', 'parse.py'];

describe('bugFilesNamedIn', () => {
  it.each([
    ['pytest --deselect pkg/one.py', 'pkg/one.py'],
    ['cat ./pkg/one.py', 'pkg/one.py'],
    ['cat /testbed/pkg/one.py', 'pkg/one.py'],
    ['grep -q x one.py && exit 1', 'pkg/one.py'],
    ['python -c "import pkg.one"', 'pkg/one.py'],
    ['python -m pkg.one', 'pkg/one.py'],
    ['python -c "from pkg.one import f"', 'pkg/one.py'],
    ['python -c "print(open(\'pkg/one.py\').read())"', 'pkg/one.py'],
    ['python - <<END\nopen("pkg/one.py")\nEND', 'pkg/one.py'],
    ['where=pkg; cat $where/one.py', 'pkg/one.py'],
    ['for name in utils; do cat pkg/$name.py; done', 'pkg/utils.py'],
    ['bash -c "cd pkg && cat utils.py"', 'pkg/utils.py'],
    ['if true; then cat < pkg/one.py', 'pkg/one.py'],
    ['[[ -f pkg/one.py ]]', 'pkg/one.py'],
    ['case $1 in pkg/one.py) exit 1;; esac', 'pkg/one.py'],
    ['files=(pkg/one.py)', 'pkg/one.py'],
    ['python -m parse', 'parse.py'],
    ['cat pkg/__init__.py', 'pkg/__init__.py'],
    ['cd pkg && cat utils.py', 'pkg/utils.py'],
    ['cd tests; cd ../pkg; cat utils.py', 'pkg/utils.py'],
    ['cd tests && cat ../pkg/utils.py', 'pkg/utils.py'],
    ['(cd tests); cat utils.py', 'utils.py'],
    ['cd "$where" && cat utils.py', 'pkg/utils.py'],
  ])('sees the bug named in %j', (script, path) => {
    expect(bugFilesNamedIn(readShell(script), [path], tree)).toEqual([path]);
  });

  it.each([
    ['python -m pytest -v tests', 'pkg/one.py'],
    ['pytest pkg/tests/test_one.py', 'pkg/one.py'],
    ['python -m unittest pkg.tests.test_one', 'pkg/__init__.py'],
    ['pytest tests/utils.py', 'pkg/utils.py'],
    ['# parse the results of pkg/one.py', 'pkg/one.py'],
    ['parse results -m x', 'parse.py'],
    ['touch tests/__init__.py', 'pkg/__init__.py'],
    ['pytest zone.py', 'pkg/one.py'],
    ['cd tests && python utils.py', 'pkg/utils.py'],
    ['(cd tests; python utils.py)', 'utils.py'],
    ['pushd ./tests/; python utils.py', 'utils.py'],
    ['jest utils.py', 'pkg/utils.py'],
  ])('sees nothing in %j', (script, path) => {
    expect(bugFilesNamedIn(readShell(script), [path], tree)).toEqual([]);
  });
});

describe('environmentVariablesReadBy', () => {
  it.each([
    ['if os.environ["MODE"]:', 'MODE'],
    ["os.environ.get('MODE', '')", 'MODE'],
    ['os.getenv("MODE")', 'MODE'],
    ['environ.pop("MODE")', 'MODE'],
    ['os.getenvb(b"MODE")', 'MODE'],
    ['process.env.MODE', 'MODE'],
    ["process.env['MODE']", 'MODE'],
    ['os.Getenv("MODE")', 'MODE'],
    ['v, ok := os.LookupEnv("MODE")', 'MODE'],
    ['ENV.fetch("MODE")', 'MODE'],
    ['System.getenv("MODE")', 'MODE'],
    ['env::var("MODE")', 'MODE'],
  ])('finds the variable in %j', (line, name) => {
    expect(environmentVariablesReadBy([line])).toEqual([name]);
  });

  it.each(['os.environ.copy()', 'environment["MODE"]', 'process.environment.MODE'])('finds none in %j', (line) => {
    expect(environmentVariablesReadBy([line])).toEqual([]);
  });
});

it('reads a hostile line in bounded time', () => {
  const lines = [`ENV.${'a'.repeat(300_000)}(`, `environ${' '.repeat(300_000)}`, 'environ.get('.repeat(30_000)];
  expect(environmentVariablesReadBy(lines)).toEqual([]);
}, 2000);

describe('variablesSetIn', () => {
  it.each([
    'MODE=1 pytest',
    'export MODE=1',
    'export MODE',
    'MODE=1; export MODE',
    'env MODE=1 pytest',
    'export A=1 MODE=2',
    'unset MODE',
    'read -r MODE',
    'declare -x MODE',
    ': ${MODE:=1}',
    'MODE+=x',
    'tox -e py -- -e MODE=1',
    'for MODE in 1 2; do pytest; done',
    'eval "export MODE=1"',
    "sh -c 'MODE=1 pytest'",
    'if true; then MODE=1 pytest',
  ])('sees it set in %j', (script) => {
    expect(variablesSetIn(readShell(`set -e\n${script}\n`), ['MODE'])).toEqual(['MODE']);
  });

  it.each([
    'echo $MODE',
    'export A=$MODE',
    'if [ "$MODE" = 1 ]; then',
    'MODES=1',
    'A_MODE=1',
    'MODE == 1',
    'pytest MODE',
    '# MODE=1',
    "echo 'set MODE=1'",
    'python -c "if MODE==1: MODE = 2"',
  ])('sees it only used in %j', (script) => {
    expect(variablesSetIn(readShell(`${script}\n`), ['MODE'])).toEqual([]);
  });
});

describe('a script that names a file in a roundabout way', () => {
  const files = ['pkg/parser.py', 'pkg/lexer.py', 'tests/test_parser.py', 'tests/test_lexer.py'];

  it.each(['cat pkg/pa""rser.py', "sha1sum pkg/'parser'.py", 'cat pkg/p\\arser.py'])('is found out: %s', (script) => {
    expect(bugFilesNamedIn(readShell(script), ['pkg/parser.py'], files)).toEqual(['pkg/parser.py']);
  });

  it.each(['cat pkg/*.py', 'python -m pytest tests/test_*.py', 'cat pkg/pars*.py'])('is not found in %s', (script) => {
    expect(bugFilesNamedIn(readShell(script), ['pkg/parser.py'], files)).toEqual([]);
  });
});
