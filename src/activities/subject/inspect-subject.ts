import { runnerTrial, testRunnerHints } from '../../domain/subject/test-runner-hints.ts';
import type { Account, GitFacts, RunnerTrial, SubjectFacts, SubjectFile } from '../../domain/subject/subject-facts.ts';
import { MANIFESTS, PROGRAMS } from '../../domain/subject/subject-facts.ts';
import type { CommandResult, Sandbox } from '../../sandbox/sandbox.ts';
import { outputText } from '../services/command-output.ts';
import { commitBaseline } from '../tree/git-baseline.ts';
import { runHardenedGit } from '../tree/hardened-git.ts';
import { wipeHistory } from '../tree/history-wipe.ts';
import { runTool } from '../tree/tree-state.ts';

/** A listing of 100,000 files with long paths; a larger tree is refused by its listing's end. */
const LISTING_CAP_BYTES = 64 * 1024 * 1024;
/** Manifests have a few KB; what is larger is no manifest of a person. */
const MANIFEST_BYTES = 256 * 1024;

/** A sandbox without a shell cannot be looked at, and no agent can work in it. */
export type SubjectInspection =
  { readonly inspected: true; readonly facts: SubjectFacts } | { readonly inspected: false; readonly problem: string };

/**
 * Looks at a subject in a fresh sandbox and then does what comes before every rollout: commits the baseline, wipes the
 * history. Works with the programs of busybox; the sandbox is of no further use.
 */
export async function inspectSubject(sandbox: Sandbox, signal: AbortSignal): Promise<SubjectInspection> {
  const place = await runTool(sandbox, ['sh', '-c', PLACE, 'sh', ...PROGRAMS], { signal });
  if (place.exitCode !== 0) return { inspected: false, problem: `sh: ${said(place) || 'no answer'}` };
  const listing = await runTool(sandbox, ['sh', '-c', LISTING], { signal, outputCapBytes: LISTING_CAP_BYTES });
  const files = readListing(listing);
  const hidden = await runTool(sandbox, ['sh', '-c', HIDDEN], { signal });
  const git = await runHardenedGit(sandbox, GIT, { commandId: 'inspect-git', signal });
  const manifests = await readManifests(sandbox, files);
  const found = readPlace(said(place));
  const baseline = await commitBaseline(sandbox, { signal });
  const wipe = await wipeHistory(sandbox, { signal });
  const trials = await tryRunners(sandbox, { ...found, files, manifests }, signal);
  return {
    inspected: true,
    facts: {
      treeRoot: sandbox.treeRoot,
      ...found,
      files,
      listed: listing.stdout.droppedBytes === 0,
      git: readGit(said(git)),
      ...readHidden(said(hidden)),
      manifests,
      trials,
      baselineProblem: baseline.committed ? null : baseline.problem,
      wipeProblem: wipe.wiped ? null : wipe.problem,
    },
  };
}

const PLACE = `
echo "user $(id -u) $(id -un 2>/dev/null || id -u)"
echo "owner $(stat -c '%u %U' .)"
probe=$(mktemp ./.selfplay.XXXXXX 2>/dev/null) && rm -f "$probe" && echo writable
[ -r /opt/compiled/about ] && echo "compiled $(head -n 1 /opt/compiled/about)"
if command -v go > /dev/null 2>&1; then
  [ -z "$(go env GOCACHEPROG)$(ls -A "$(go env GOCACHE)" 2> /dev/null)" ] || echo go-builds-warm
fi
for program; do command -v "$program" > /dev/null 2>&1 && echo "program $program"; done
exit 0
`;

// busybox's find cannot print sizes.
const LISTING = `find . -path ./.git -prune -o -type f -exec stat -c '%s %n' {} +`;

const HIDDEN = `
find . -mindepth 2 -name .git -prune -print | sed 's|/\\.git$||; s|^\\./|nested |'
if find . -name .gitattributes -type f -exec grep -q 'filter=lfs' {} \\; -print | grep -q .; then
  find . -path ./.git -prune -o -type f -size -2 -exec grep -l '^version https://git-lfs.github.com/spec/' {} + |
    sed 's|^\\./|lfs |'
fi
`;

const GIT = `
g rev-parse --git-dir > /dev/null 2>&1 || exit 0
echo "commits $(g rev-list --count HEAD 2> /dev/null || echo 0)"
echo "kibibytes $(du -sk .git | cut -f 1)"
echo "changed $(g status --porcelain --untracked-files=no --ignore-submodules=all | wc -l)"
echo "untracked $(g ls-files --others --exclude-standard --directory | wc -l)"
echo "submodules $(g ls-files -s | grep -c '^160000 ')"
echo "shallow $(g rev-parse --is-shallow-repository)"
echo "dubious $(git status 2>&1 | grep -c 'dubious ownership')"
`;

function said({ stdout }: CommandResult): string {
  return outputText(stdout).trim();
}

function readPlace(
  text: string,
): Pick<SubjectFacts, 'user' | 'owner' | 'writable' | 'programs' | 'compiled' | 'goBuildsWarm'> {
  const lines = text.split('\n');
  return {
    user: readAccount(lines, 'user'),
    owner: readAccount(lines, 'owner'),
    writable: lines.includes('writable'),
    programs: valuesOf(lines, 'program'),
    compiled: valuesOf(lines, 'compiled')[0] ?? null,
    goBuildsWarm: lines.includes('go-builds-warm'),
  };
}

function readAccount(lines: readonly string[], key: string): Account {
  const [id = '', name = ''] = (valuesOf(lines, key)[0] ?? '').split(' ');
  return { id: Number(id), name };
}

function readListing(result: CommandResult): readonly SubjectFile[] {
  return said(result)
    .split('\n')
    .flatMap((line) => {
      const [, bytes, path] = /^(\d+) \.\/(.+)$/.exec(line) ?? [];
      return bytes === undefined || path === undefined ? [] : [{ path, bytes: Number(bytes) }];
    });
}

function readHidden(text: string): Pick<SubjectFacts, 'nestedRepositories' | 'lfsPointers'> {
  const lines = text.split('\n');
  return { nestedRepositories: valuesOf(lines, 'nested'), lfsPointers: valuesOf(lines, 'lfs') };
}

function readGit(text: string): GitFacts | null {
  const lines = text.split('\n');
  const numberOf = (key: string) => Number(valuesOf(lines, key)[0] ?? 0);
  if (valuesOf(lines, 'commits').length === 0) return null;
  return {
    commits: numberOf('commits'),
    bytes: numberOf('kibibytes') * 1024,
    changed: numberOf('changed'),
    untracked: numberOf('untracked'),
    submodules: numberOf('submodules'),
    shallow: lines.includes('shallow true'),
    dubiousOwnership: numberOf('dubious') > 0,
  };
}

function valuesOf(lines: readonly string[], key: string): readonly string[] {
  return lines.flatMap((line) => (line.startsWith(`${key} `) ? [line.slice(key.length + 1).trim()] : []));
}

/** As an agent would start them, and last, for a runner may leave caches in the tree. */
async function tryRunners(
  sandbox: Sandbox,
  facts: Parameters<typeof testRunnerHints>[0],
  signal: AbortSignal,
): Promise<readonly RunnerTrial[]> {
  const trials: RunnerTrial[] = [];
  for (const { runner } of testRunnerHints(facts).filter(({ inPlace }) => inPlace)) {
    const trial = runnerTrial(runner);
    if (trial === undefined) continue;
    const result = await runTool(sandbox, ['sh', '-c', trial], { signal });
    const last = said(result).split('\n').at(-1) ?? '';
    trials.push({ runner, exitCode: result.exitCode, said: last.trim().slice(0, 200) });
  }
  return trials;
}

async function readManifests(sandbox: Sandbox, files: readonly SubjectFile[]): Promise<Record<string, string>> {
  const manifests: Record<string, string> = {};
  for (const name of MANIFESTS.filter((manifest) => files.some(({ path }) => path === manifest))) {
    const reading = await sandbox.read(`${sandbox.treeRoot}/${name}`, { maxBytes: MANIFEST_BYTES });
    if (reading.found) manifests[name] = Buffer.from(reading.content).toString('utf8');
  }
  return manifests;
}
