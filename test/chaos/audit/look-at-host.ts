import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/** Where to look for what belongs to a deployment: everything of it names its folder somewhere. */
export interface Scene {
  /** The folder that the deployment has everything in. */
  readonly directory: string;
  /** Folders in which each sandbox has one of its own. */
  readonly sandboxes: readonly string[];
  /** Engines to ask for containers and volumes whose labels name the folder. */
  readonly engines: readonly string[];
  /** Processes and mount points that are meant to be there still. */
  readonly expected: { readonly processes: ReadonlySet<number>; readonly mounts: ReadonlySet<string> };
}

/** What is still there: processes, mounts, folders of sandboxes, containers, volumes. */
export function lookAtHost({ directory, sandboxes, engines, expected }: Scene): readonly string[] {
  const processes = processesOf(directory).filter(({ pid }) => !expected.processes.has(pid));
  const mounts = mountsIn(directory).filter(({ point }) => !expected.mounts.has(point));
  return [
    ...processes.map(({ pid, said }) => `process ${pid}: ${said}`),
    ...mounts.map(({ point, pid }) => `mount ${point} in the namespace of process ${pid}`),
    ...sandboxes.flatMap(foldersIn),
    ...engines.flatMap((engine) => inEngine(engine, directory)),
  ];
}

/** By its command line, its working directory, its variables or what it has mounted. */
function processesOf(directory: string): readonly { readonly pid: number; readonly said: string }[] {
  return numbersIn('/proc').flatMap((pid) => {
    const own = pid === process.pid;
    const commandLine = textOf(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim();
    const signs = [
      commandLine,
      textOf(`/proc/${pid}/environ`),
      linkOf(`/proc/${pid}/cwd`),
      linkOf(`/proc/${pid}/root`),
    ];
    return !own && signs.some((sign) => sign.includes(directory)) ? [{ pid, said: commandLine.slice(0, 200) }] : [];
  });
}

/** Of every mount namespace that some process is in. */
function mountsIn(directory: string): readonly { readonly point: string; readonly pid: number }[] {
  const namespaces = new Map<string, number>();
  for (const pid of numbersIn('/proc')) namespaces.set(linkOf(`/proc/${pid}/ns/mnt`), pid);
  return [...namespaces.values()].flatMap((pid) =>
    textOf(`/proc/${pid}/mountinfo`)
      .split('\n')
      .filter((line) => line.includes(directory))
      .map((line) => ({ point: line.split(' ')[4] ?? line, pid })),
  );
}

/** Hidden ones are shared by all sandboxes of the host. */
function foldersIn(folder: string): readonly string[] {
  return namesIn(folder)
    .filter((name) => !name.startsWith('.'))
    .map((name) => `directory ${join(folder, name)}`);
}

function inEngine(engine: string, directory: string): readonly string[] {
  const ask = (what: string, ...parameters: readonly string[]) =>
    execFileSync('docker', ['--host', engine, ...parameters, '--filter', `label=${LABEL}`], { encoding: 'utf8' })
      .split('\n')
      .filter((line) => line.includes(directory))
      .map((line) => `${what} ${line}`);
  const format = (columns: string) => ['--format', `${columns} {{.Label "${LABEL}"}}`];
  return [
    ...ask('container', 'ps', '--all', ...format('{{.Names}} {{.Status}}')),
    ...ask('volume', 'volume', 'ls', ...format('{{.Name}}')).filter((line) => !line.startsWith(SHARED_VOLUME)),
  ];
}

/** The tools of all sandboxes of a deployment stay with its engine, as shared trees stay with a host. */
const SHARED_VOLUME = 'volume selfplay-tools-';

/** Names the deployment that something in an engine belongs to: a folder of its own. */
const LABEL = 'selfplay.deployment';

function numbersIn(folder: string): readonly number[] {
  return namesIn(folder).map(Number).filter(Number.isInteger);
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // It has ended meanwhile.
    return '';
  }
}

function linkOf(file: string): string {
  try {
    return readlinkSync(file);
  } catch {
    return '';
  }
}
