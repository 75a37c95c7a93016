import { randomUUID } from 'node:crypto';

import type { Configuration } from '../config/configuration.ts';
import type { BugArtifact } from '../domain/bug-artifact.ts';
import type { Subject } from '../domain/subject.ts';
import { logEvidence } from '../domain/log-evidence.ts';
import { reportOf } from '../domain/test-status.ts';
import { readParserOutput, type ParserReading } from '../domain/test-report.ts';
import type { TestRun } from '../domain/validation-facts.ts';
import type { CommandResult, Sandbox } from '../sandbox/sandbox.ts';
import { outputText } from './command-output.ts';
import { withSandbox, type Owner } from './sandbox-request.ts';
import type { Services } from './services.ts';

/** What a test run needs to know besides the state of the tree. */
export interface TestRunSetting {
  readonly owner: Owner;
  readonly subject: Subject;
  readonly sandbox: Configuration['sandbox'];
  readonly artifact: Pick<BugArtifact, 'testScript' | 'testParser'>;
  readonly signal: AbortSignal;
}

/** A log as it came out of the script, and the run as it is kept. */
export interface LoggedRun {
  readonly run: TestRun;
  readonly log: string;
}

/** Logs of whole suites are a few MiB; beyond this the middle is left out and the parser sees the rest. */
const LOG_CAP_BYTES = 8 * 1024 * 1024;

/** SPEC 4, check 2: a parser has 10 s; its output is a line a test. */
const PARSER_TIMEOUT_MS = 10_000;
const PARSER_OUTPUT_CAP_BYTES = 8 * 1024 * 1024;

/**
 * Runs the artifact's script in a tree that stands ready, then its parser on the log in a sandbox of its own.
 *
 * `repeat` varies what must not matter to a test (SPEC 4): hash seed, time zone, host name as far as programs ask the
 * environment, home and temp directory, process ids. Repeat 0 leaves the image's own environment alone.
 */
export async function runTests(
  services: Services,
  sandbox: Sandbox,
  setting: TestRunSetting & { readonly timeLimitMs: number; readonly repeat: number },
): Promise<LoggedRun> {
  const { artifact, signal, timeLimitMs, repeat } = setting;
  const result = await sandbox.run(
    {
      id: randomUUID(),
      argv: ['bash', '-c', PREPARED, 'test_script.sh', artifact.testScript, String(repeat * SPENT_PIDS)],
      env: { ...coresOf(setting.sandbox.cores), ...variation(repeat) },
      timeoutMs: timeLimitMs,
      outputCapBytes: LOG_CAP_BYTES,
    },
    { signal },
  );
  signal.throwIfAborted();
  const log = outputText(result.stdout);
  const reading = await parseLog(services, setting, log);
  const evidence = logEvidence(log, reportOf(reading));
  const kept = await services.store.blobs.put(Buffer.from(log));
  return { log, run: { ...endingOf(result), reading, evidence, log: kept } };
}

/**
 * The script's text is an argument, so that no process it starts can change the script while it is being read; its
 * exit status is the command's own.
 */
const PREPARED = `
mkdir -p "\${HOME:-/tmp}" "\${TMPDIR:-/tmp}"
for ((i = 0; i < $2; i++)); do (:); done
exec bash -c "$1" test_script.sh
`;

/** Process ids begin at 1 in every sandbox; each repeat spends some, so that a script sees others. A millisecond each. */
const SPENT_PIDS = 7;

/** What test runners ask for the number of cores; without it they count the host's. */
function coresOf(cores: number): Record<string, string> {
  return { GOMAXPROCS: String(cores), PYTEST_XDIST_AUTO_NUM_WORKERS: String(cores) };
}

const TIME_ZONES = ['UTC', 'Asia/Kathmandu', 'America/St_Johns', 'Pacific/Chatham'];

function variation(repeat: number): Record<string, string> {
  if (repeat === 0) return {};
  return {
    PYTHONHASHSEED: String((repeat * 7919) % 4_294_967_295),
    TZ: TIME_ZONES[repeat % TIME_ZONES.length] ?? 'UTC',
    HOSTNAME: `host-${repeat}`,
    HOME: `/tmp/home-${repeat}`,
    TMPDIR: `/tmp/temp-${repeat}`,
  };
}

function endingOf({
  ending,
  exitCode,
  durationMs,
}: CommandResult): Pick<TestRun, 'ending' | 'exitCode' | 'durationMs'> {
  return { ending: ending === 'exited' ? 'exited' : 'timed-out', exitCode, durationMs };
}

/**
 * Runs the parser on a log in a sandbox that holds only the log (SPEC 4, check 2). `elsewhere` gives it another working
 * directory and another environment, which a parser has no business with.
 */
export async function parseLog(
  services: Services,
  setting: TestRunSetting,
  log: string,
  { elsewhere = false }: { readonly elsewhere?: boolean } = {},
): Promise<ParserReading> {
  const { owner, sandbox: config, artifact, signal } = setting;
  const result = await withSandbox(services, { owner, subject: 'tools', config }, (sandbox) =>
    sandbox.run(
      {
        id: randomUUID(),
        argv: ['python3', '-I', '-c', artifact.testParser],
        stdin: Buffer.from(log),
        ...(elsewhere && { cwd: '/', env: variation(1) }),
        timeoutMs: PARSER_TIMEOUT_MS,
        outputCapBytes: PARSER_OUTPUT_CAP_BYTES,
        separateStderr: true,
      },
      { signal },
    ),
  );
  signal.throwIfAborted();
  return readingOf(result);
}

function readingOf({ ending, exitCode, stdout, stderr }: CommandResult): ParserReading {
  if (ending !== 'exited')
    return { valid: false, problem: `the parser did not end within ${PARSER_TIMEOUT_MS / 1000} s` };
  if (exitCode !== 0) {
    const said = outputText(stderr).trim().slice(-500);
    return { valid: false, problem: `the parser ended with exit code ${exitCode ?? 'unknown'}: ${said}` };
  }
  if (stdout.droppedBytes > 0)
    return { valid: false, problem: `the parser wrote more than ${PARSER_OUTPUT_CAP_BYTES} bytes` };
  return readParserOutput(outputText(stdout));
}
