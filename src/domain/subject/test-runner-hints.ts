import type { SubjectFacts } from './subject-facts.ts';

/** A test runner that the tree seems to be made for; whether it works is for an injector to find out. */
export interface TestRunnerHint {
  readonly runner: string;
  /** The file or the kind of files that tells. */
  readonly from: string;
  /** Whether its program is on PATH. */
  readonly inPlace: boolean;
}

/**
 * How a test runner is tried without running a test: it is started, and where it can it looks for what it would run, so
 * that a program without its interpreter and a tree that cannot be imported both show. The language's own interpreter is
 * tried by nobody: a tree without it is told from its programs.
 */
export function runnerTrial(runner: string): string | undefined {
  return TRIALS[runner];
}

const TRIALS: Readonly<Record<string, string>> = {
  pytest: 'pytest --collect-only -q -p no:cacheprovider',
  ...Object.fromEntries(['vitest', 'jest', 'mocha', 'tape', 'tap', 'ava'].map((name) => [name, `${name} --version`])),
  'go test': 'go list -deps -test ./... > /dev/null',
  'cargo test': 'cargo --version',
  'make test': 'make --version',
};

type Evidence = Pick<SubjectFacts, 'files' | 'manifests' | 'programs'>;

/** The test runners that files and their names hint at; nothing in a corpus says it (docs/specification.md#subject). */
export function testRunnerHints(evidence: Evidence): readonly TestRunnerHint[] {
  return [...pythonHints(evidence), ...nodeHints(evidence), ...goHints(evidence), ...otherHints(evidence)];
}

function pythonHints({ files, manifests, programs }: Evidence): readonly TestRunnerHint[] {
  const tests = files.some(({ path }) => /(?:^|\/)(?:test_[^/]*|[^/]*_tests?|tests?)\.py$/.test(path));
  if (!tests) return [];
  const told = Object.entries(manifests).find(
    ([path, text]) => path !== 'package.json' && /\bpytest\b/.test(text),
  )?.[0];
  const conftest = files.find(({ path }) => /(?:^|\/)conftest\.py$/.test(path))?.path;
  const from = told ?? conftest;
  const pytest = from ?? (programs.includes('pytest') ? 'pytest on PATH' : undefined);
  return [
    ...(pytest === undefined ? [] : [{ runner: 'pytest', from: pytest, inPlace: programs.includes('pytest') }]),
    { runner: 'unittest', from: 'Python test files', inPlace: programs.includes('python3') },
  ];
}

// The packages that bring a runner of the same name, and what a script that calls Node.js's own one looks like.
const NODE_RUNNERS = ['vitest', 'jest', 'mocha', 'tape', 'tap', 'ava'] as const;
const NODE_TEST = /\bnode\b[^&|;]*\s--test\b/;

function nodeHints({ manifests, programs }: Evidence): readonly TestRunnerHint[] {
  const manifest = manifests['package.json'];
  if (manifest === undefined) return [];
  const own = NODE_TEST.test(manifest)
    ? [{ runner: 'node --test', from: 'package.json', inPlace: programs.includes('node') }]
    : [];
  // As a dependency (`"mocha": "^9"`) or at the start of a word of a script (`"test": "mocha test.js"`).
  const named = NODE_RUNNERS.filter((runner) => new RegExp(String.raw`["\s]${runner}["\s]`).test(manifest));
  return [...named.map((runner) => ({ runner, from: 'package.json', inPlace: programs.includes(runner) })), ...own];
}

function goHints({ files, programs }: Evidence): readonly TestRunnerHint[] {
  const tests = files.some(({ path }) => path.endsWith('_test.go'));
  return tests ? [{ runner: 'go test', from: 'Go test files', inPlace: programs.includes('go') }] : [];
}

function otherHints({ files, manifests, programs }: Evidence): readonly TestRunnerHint[] {
  const cargo = files.some(({ path }) => path === 'Cargo.toml');
  const make = /^(?:test|check)\s*:/m.test(manifests.Makefile ?? '');
  return [
    ...(cargo ? [{ runner: 'cargo test', from: 'Cargo.toml', inPlace: programs.includes('cargo') }] : []),
    ...(make ? [{ runner: 'make test', from: 'Makefile', inPlace: programs.includes('make') }] : []),
  ];
}
