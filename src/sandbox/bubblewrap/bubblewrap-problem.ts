import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
// Both programs answer within milliseconds; a minute means that the machine is beyond use.
const PROBE_MS = 60_000;
const OLDEST_BWRAP = [0, 8] as const;
const UNPRIVILEGED_USER = 65_534;
const INSTALL = 'Install bubblewrap 0.8 or newer (apt-get install bubblewrap)';

/** Why bubblewrap sandboxes cannot work on this machine, with the way out; undefined when they can. */
export async function bubblewrapProblem(programs: {
  readonly bwrap: string;
  readonly python: string;
}): Promise<string | undefined> {
  if (process.platform !== 'linux') return `bubblewrap needs Linux, this is ${process.platform}. Use Docker instead`;
  return (
    (await pythonProblem(programs.python)) ??
    (await bwrapVersionProblem(programs.bwrap)) ??
    (await namespaceProblem(programs.bwrap))
  );
}

async function pythonProblem(python: string): Promise<string | undefined> {
  const check = 'import sys; sys.exit(0 if sys.version_info >= (3, 9) else sys.version)';
  const problem = await failure(python, ['-I', '-S', '-c', check]);
  return (
    problem && `${python} cannot run the supervisor: ${problem}. Install Python 3.9 or newer (apt-get install python3)`
  );
}

async function bwrapVersionProblem(bwrap: string): Promise<string | undefined> {
  try {
    const { stdout } = await run(bwrap, ['--version'], { timeout: PROBE_MS });
    const [major = 0, minor = 0] = (/[\d.]+/.exec(stdout)?.[0] ?? '').split('.').map(Number);
    const recent = major > OLDEST_BWRAP[0] || (major === OLDEST_BWRAP[0] && minor >= OLDEST_BWRAP[1]);
    return recent ? undefined : `${bwrap} is ${stdout.trim()}, too old. ${INSTALL}`;
  } catch (error) {
    return `${bwrap} cannot be run: ${describe(error)}. ${INSTALL}`;
  }
}

/** Tries the very namespaces that a command gets, as the unprivileged user that a command has. */
async function namespaceProblem(bwrap: string): Promise<string | undefined> {
  const isolation = ['--unshare-all', '--unshare-user', '--disable-userns', '--die-with-parent', '--cap-drop', 'ALL'];
  const root = ['--ro-bind', '/', '/', '--proc', '/proc', '--dev', '/dev'];
  const problem = await failure(bwrap, [...root, ...isolation, '--', 'true'], process.getuid?.() === 0);
  return (
    problem &&
    `the kernel refuses a sandbox to ${bwrap}: ${problem}. Permit unprivileged user namespaces ` +
      '(sysctl kernel.unprivileged_userns_clone=1 user.max_user_namespaces=15000; on Ubuntu also ' +
      'kernel.apparmor_restrict_unprivileged_userns=0); inside a container, run it with --privileged or use Docker'
  );
}

async function failure(program: string, parameters: readonly string[], drop = false): Promise<string | undefined> {
  const user = drop ? { uid: UNPRIVILEGED_USER, gid: UNPRIVILEGED_USER } : {};
  try {
    await run(program, [...parameters], { timeout: PROBE_MS, cwd: '/', ...user });
    return undefined;
  } catch (error) {
    return describe(error);
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const said = 'stderr' in error ? String(error.stderr).trim() : '';
  return said === '' ? error.message : said;
}
