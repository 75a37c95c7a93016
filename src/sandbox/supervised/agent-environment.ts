import { ENVIRONMENT_ROOT } from '../mount-points.ts';

// The last place is where Go's own archive is unpacked to; a shell of its users has it on the path.
const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/go/bin';

/** The environment of every command in a root file system of our own. */
export function agentEnvironment(options: {
  readonly home: string;
  readonly cores: number;
  readonly withEnvironment: boolean;
  readonly variables?: Readonly<Record<string, string>> | undefined;
}): Readonly<Record<string, string>> {
  return {
    PATH: options.withEnvironment ? `${ENVIRONMENT_ROOT}/bin:${SYSTEM_PATH}` : SYSTEM_PATH,
    HOME: options.home,
    USER: 'agent',
    LOGNAME: 'agent',
    SHELL: '/bin/bash',
    LANG: 'C.UTF-8',
    ...coresForTestRunners(options.cores),
    ...options.variables,
  };
}

/** Programs in a sandbox see all cores of the host; told nothing, test runners start a process on each. */
export function coresForTestRunners(cores: number): Readonly<Record<string, string>> {
  const share = String(cores);
  return {
    GOMAXPROCS: share,
    OMP_NUM_THREADS: share,
    PYTEST_XDIST_AUTO_NUM_WORKERS: share,
    PYTHON_CPU_COUNT: share,
    CARGO_BUILD_JOBS: share,
    MAKEFLAGS: `-j${share}`,
  };
}
