import { readFileSync, readlinkSync } from 'node:fs';

/**
 * What a maker is doing, as far as this process can know: `elsewhere` is one of another machine, of another container,
 * or of before a restart of this machine.
 */
export type MakerState = 'at-work' | 'gone' | 'elsewhere';

const MAKER = /([0-9a-f]{8})-(\d+)-(\d+)-(\d+)/;

/**
 * Names this process, for what it makes in several steps: another one of the machine can tell whether it still lives,
 * and takes away what it has left unfinished if not. In letters, digits and `-`.
 */
export function thisMaker(): string {
  return `${world()}-${process.pid}-${startOf(process.pid) ?? '0'}`;
}

/** `text`: holds what `thisMaker` said. Undefined when it names nobody. */
export function stateOfMaker(text: string): MakerState | undefined {
  const [, boot, namespace, pid, start] = MAKER.exec(text) ?? [];
  if (pid === undefined) return undefined;
  if (`${boot ?? ''}-${namespace ?? ''}` !== world()) return 'elsewhere';
  return startOf(Number(pid)) === start ? 'at-work' : 'gone';
}

/** When a process began, which together with its number never means another; undefined when it has ended. */
export function startOf(pid: number): string | undefined {
  const fields =
    readOr(() => readFileSync(`/proc/${pid}/stat`, 'utf8'), '')
      .split(') ')
      .at(-1)
      ?.split(' ') ?? [];
  // Nobody has waited for it, and it does nothing any more.
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
}

/** This start of the machine, and whose process numbers count here. */
function world(): string {
  const boot = readOr(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8'), '').slice(0, 8);
  const namespace = /\d+/.exec(readOr(() => readlinkSync('/proc/self/ns/pid'), ''))?.[0];
  return `${boot === '' ? '00000000' : boot}-${namespace ?? '0'}`;
}

/** There is no /proc but in Linux, and none for a process that has ended. */
function readOr(read: () => string, other: string): string {
  try {
    return read();
  } catch {
    return other;
  }
}
