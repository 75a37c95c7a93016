import { execFileSync } from 'node:child_process';
import {
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { BASE } from './diff-grammar.ts';

/** What real git made of a diff. */
export interface Applied {
  /** Whether `git apply` took it. */
  readonly applied: boolean;
  /** Paths that are not what they were, added or gone, relative to the tree. */
  readonly touched: readonly string[];
  /** Paths that git names as the diff's, applicable or not. */
  readonly named: readonly string[];
}

/**
 * Applies each diff with real git to a tree of its own and looks at what has changed, in the tree and around it.
 *
 * One shell for all of them: a process per diff, started from Node, would take minutes.
 */
export function applyDiffs(diffs: readonly string[]): readonly Applied[] {
  const directory = mkdtempSync(join(tmpdir(), 'selfplay-fuzz-'));
  try {
    const base = join(directory, 'base');
    writeBase(base);
    const places = diffs.map((diff, index) => {
      const place = join(directory, String(index));
      linkTree(base, join(place, 'tree'));
      writeFileSync(join(place, 'diff'), diff);
      return place;
    });
    const env = { PATH: process.env.PATH, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null', LC_ALL: 'C' };
    execFileSync('bash', ['-c', APPLY_ALL, 'bash', String(diffs.length)], {
      cwd: directory,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const before = contentOf(base);
    return places.map((place) => {
      expectNothingOutside(place);
      return {
        applied: readFileSync(join(place, 'status'), 'utf8').trim() === '0',
        touched: differences(before, contentOf(join(place, 'tree'))),
        named: namesIn(readFileSync(join(place, 'names'), 'utf8')),
      };
    });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

// A repository of its own in each tree, as in an image, but shared: `git apply` reads no more of it than its settings.
const APPLY_ALL = `
export GIT_CEILING_DIRECTORIES="$PWD"
for ((i = 0; i < $1; i++)); do
  cd "$i/tree"
  git apply --numstat -z - < ../diff > ../names 2> ../errors
  if [ -s ../names ]; then git apply --whitespace=nowarn - < ../diff > ../output 2>&1; echo $? > ../status; else echo 1 > ../status; fi
  cd ../..
done
`;

const AROUND = ['diff', 'errors', 'names', 'output', 'status', 'tree'];

function expectNothingOutside(place: string): void {
  const strangers = readdirSync(place).filter((name) => !AROUND.includes(name));
  if (strangers.length > 0) throw new Error(`git apply wrote outside of the tree: ${strangers.join(', ')}`);
}

function writeBase(root: string): void {
  for (const [name, text] of Object.entries(BASE)) {
    const path = join(root, name.replace(/\*$/, ''));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text, { mode: name.endsWith('*') ? 0o755 : 0o644 });
  }
}

// Git never writes into a file, it makes a new one, so trees may share their files.
function linkTree(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    if (entry.isDirectory()) linkTree(join(from, entry.name), join(to, entry.name));
    else linkSync(join(from, entry.name), join(to, entry.name));
  }
}

function contentOf(root: string, folder = ''): ReadonlyMap<string, string> {
  return new Map(
    readdirSync(join(root, folder)).flatMap((name): [string, string][] => {
      const path = folder === '' ? name : `${folder}/${name}`;
      const status = lstatSync(join(root, path));
      if (status.isDirectory()) return [...contentOf(root, path)];
      if (status.isSymbolicLink()) return [[path, `-> ${readlinkSync(join(root, path))}`]];
      return [[path, `${status.mode} ${readFileSync(join(root, path), 'latin1')}`]];
    }),
  );
}

function differences(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): readonly string[] {
  return [...new Set([...before.keys(), ...after.keys()])].filter((path) => before.get(path) !== after.get(path));
}

// `--numstat -z` writes "added TAB removed TAB path NUL".
function namesIn(text: string): readonly string[] {
  return text.split('\0').flatMap((record) => /^[\d-]+\t[\d-]+\t([\s\S]+)$/.exec(record)?.[1] ?? []);
}
