import { isIP } from 'node:net';

import { InvalidArgumentError, Option, type Command } from 'commander';

/** Options that several commands share, worded once. */

export function addJson(command: Command): Command {
  return command.option('--json', 'write one JSON document to standard output and nothing else (docs/json-output.md)');
}

export function addTarget(command: Command): Command {
  return command
    .option('--address <host:port>', 'the Temporal server (else TEMPORAL_ADDRESS, else the one that runs on this home)')
    .option('--namespace <name>', 'its namespace (else TEMPORAL_NAMESPACE, else "default")')
    .option(
      '--profile <name>',
      "of Temporal's configuration file: address, namespace, TLS, API key (else TEMPORAL_PROFILE)",
    );
}

export function sandboxOption(): Option {
  return new Option('--sandbox <backend>', 'what sandboxes are made with')
    .choices(['auto', 'docker', 'bubblewrap'])
    .default('auto');
}

export function metricsOption(): Option {
  return new Option('--metrics <host:port>', "serve the workers' figures to Prometheus there, at /metrics").argParser(
    address,
  );
}

/** The option as it is handed on, and nothing where it was not given. */
export function metricsOf({ metrics }: { readonly metrics?: string }): { readonly metrics?: string } {
  return metrics === undefined ? {} : { metrics };
}

/** The SDK takes an IP address: a name may stand for several. */
function address(text: string): string {
  const [, host = '', portText = ''] = /^(.+):(\d{1,5})$/.exec(text) ?? [];
  if (isIP(host.replace(/^\[(.*)\]$/, '$1')) !== 0 && Number(portText) <= 65_535) return text;
  throw new InvalidArgumentError(
    'It is an IP address and a port: 127.0.0.1:9464, or 0.0.0.0:9464 for every interface.',
  );
}

export function setOption(): Option {
  return new Option('--set <key=value>', 'change one value of the configuration; may be repeated')
    .argParser((value: string, before: readonly string[]) => [...before, value])
    .default([], 'none');
}

export function listOptions(command: Command): Command {
  return addJson(command)
    .option('--run <id>', 'only this run')
    .option('--limit <n>', 'at most this many, the newest', positive, 50);
}

export function judgementOptions(command: Command): Command {
  return addJson(command)
    .option('--source <dir>', 'the source tree, a directory or git checkout')
    .option('--image <image>', 'a container image with the source tree, in place of --source')
    .option('--environment <dir>', 'a read-only directory whose bin comes first on PATH')
    .option('--repo-root <path>', 'where the tree lies inside the image')
    .option('--agent-user <name>', 'who owns the tree; by default its owner')
    .addOption(sandboxOption())
    .requiredOption('--artifact <dir>', 'the folder with the five files of the bug artifact')
    .addOption(setOption());
}

export function port(text: string): number {
  return wholeNumber(text, 0, 65_535);
}

export function positive(text: string): number {
  return wholeNumber(text, 1, 1_000_000);
}

export function seed(text: string): number {
  return wholeNumber(text, 0, Number.MAX_SAFE_INTEGER);
}

function wholeNumber(text: string, least: number, most: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new InvalidArgumentError(`It is a whole number from ${least} to ${most}.`);
}

/** Examples and exit codes under a command's help. */
export function helpAfter(examples: readonly string[], codes: readonly (readonly [number, string])[]): string {
  return [
    '\nExamples:\n',
    ...examples.map((example) => `  $ selfplay ${example}\n`),
    '\nExit codes:\n',
    ...codes.map(([code, meaning]) => `  ${String(code).padEnd(3)}  ${meaning}\n`),
  ]
    .join('')
    .trimEnd();
}

const USAGE = [2, 'wrong usage or configuration; the message names the place and the way out'] as const;
const INFRASTRUCTURE = [3, 'the machine or a server kept it from an answer'] as const;

export const READING_CODES = [[0, 'shown'], USAGE, INFRASTRUCTURE] as const;

export const RUN_CODES = [
  [0, 'the run completed (with --detach: it was started)'],
  [1, 'the run was cancelled or terminated'],
  USAGE,
  INFRASTRUCTURE,
] as const;

export const SERVING_CODES = [[0, 'stopped by Ctrl-C'], USAGE, INFRASTRUCTURE] as const;

export function judgementCodes(yes: string, no: string) {
  return [[0, yes], [1, no], USAGE, INFRASTRUCTURE, [130, 'stopped by Ctrl-C, without an answer']] as const;
}

export const REVALIDATION_CODES = [
  [0, 'every verdict stays'],
  [1, 'a verdict, or the check that decides, has changed'],
  USAGE,
  [3, 'nothing has changed, and not every artifact could be judged; or infrastructure'],
  [130, 'stopped by Ctrl-C; the same command goes on (on a server the revalidation goes on by itself)'],
] as const;

export const DOCTOR_CODES = [[0, 'nothing required is missing'], [1, 'something is'], USAGE, INFRASTRUCTURE] as const;

export const SHELL_CODES = [
  [0, 'as the command; without one, as the last line that ran'],
  [2, 'wrong usage, or the exit code of the command: a line that begins with "selfplay:" tells'],
  [3, 'the machine kept it from running, or the exit code of the command, told the same way'],
  [124, 'the command was stopped at --timeout'],
  [130, 'stopped by Ctrl-C'],
] as const;
