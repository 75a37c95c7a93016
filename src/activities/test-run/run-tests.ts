import { randomUUID } from 'node:crypto';

import type { Configuration } from '../../config/configuration.ts';
import type { BugArtifact } from '../../domain/artifact/bug-artifact.ts';
import type { Subject } from '../../domain/subject/subject.ts';
import { logEvidence } from '../../domain/report/log-evidence.ts';
import { runCircumstances } from '../../domain/draw/run-circumstances.ts';
import { reportOf } from '../../domain/report/test-status.ts';
import { readParserOutput, type ParserReading } from '../../domain/report/test-report.ts';
import type { TestRun } from '../../domain/report/test-run.ts';
import { leastKnown, machineTimeMs, timelinessOf, type Timeliness } from '../../domain/report/timeliness.ts';
import type { CommandResult, Sandbox } from '../../sandbox/sandbox.ts';
import { outputText } from '../services/command-output.ts';
import { startHistoryAnew } from '../tree/history-wipe.ts';
import { freshLogSandboxes } from '../services/log-sandboxes.ts';
import type { Owner } from '../services/sandbox-request.ts';
import type { Services } from '../services/services.ts';
import { readTree, readTreeAfterScript, type TreeReading } from '../tree/tree-listing.ts';

/** What a test run needs to know besides the state of the tree. */
export interface TestRunSetting {
  readonly owner: Owner;
  readonly subject: Subject;
  readonly sandbox: Configuration['sandbox'];
  readonly artifact: Pick<BugArtifact, 'testScript' | 'testParser'>;
  /** Forms of ids that several tests of the clean state share; left out while that is what is being found out. */
  readonly twins?: ReadonlySet<string>;
  /** What the circumstances of its runs are drawn from. */
  readonly seed: number;
  readonly signal: AbortSignal;
}

/** A log as it came out of the script, and the run as it is kept. */
export interface LoggedRun {
  readonly run: TestRun;
  readonly log: string;
}

/** What the parser said of a log, and whether it had the time to. */
export interface ParsedLog {
  readonly reading: ParserReading;
  readonly timeliness: Timeliness;
  /** That the parser had with the machine. */
  readonly durationMs: number;
}

/** One run among those of a validation or a grading. */
export interface NamedRun extends TestRunSetting {
  readonly timeLimitMs: number;
  /** What the state of the tree is called, for draws. */
  readonly state: string;
  readonly repeat: number;
  /** List the tree before and after, to see what the script did to it. */
  readonly observed?: boolean;
}

/** The tree around a run, as far as it was looked at. */
export interface ObservedRun extends LoggedRun {
  /** Of script, parser and listings together. */
  readonly timeliness: Timeliness;
  readonly before: TreeReading;
  readonly after: TreeReading;
}

const NOT_LOOKED_AT: TreeReading = { listed: true, tree: new Map() };

/** Logs of whole suites are a few MiB; beyond this the middle is left out and the parser sees the rest. */
const LOG_CAP_BYTES = 8 * 1024 * 1024;

/** docs/specification.md#parser: a parser has 10 s; its output is a line a test. */
const PARSER_TIMEOUT_MS = 10_000;
const PARSER_OUTPUT_CAP_BYTES = 8 * 1024 * 1024;

/**
 * Runs the artifact's script in a tree that stands ready, then its parser in another sandbox that holds only the log.
 * Whatever the tree is, its history is one commit of it (`startHistoryAnew`).
 *
 * `state` and `repeat` name the run, and its circumstances are drawn for that name (`runCircumstances`).
 */
export async function runTests(services: Services, sandbox: Sandbox, setting: NamedRun): Promise<ObservedRun> {
  const { observed = false, signal } = setting;
  await startHistoryAnew(sandbox, { signal });
  const before = observed ? await readTree(sandbox, signal) : NOT_LOOKED_AT;
  const result = await runScript(sandbox, setting);
  const log = outputText(result.stdout);
  const after = observed ? await readTreeAfterScript(sandbox, signal) : NOT_LOOKED_AT;
  const { reading, timeliness: parsedIn } = await parseLog(services, setting, log);
  const evidence = logEvidence(log, reportOf(reading));
  const kept = await services.store.blobs.put(Buffer.from(log));
  const timeliness = leastKnown([timelinessOf(result), parsedIn, after.listed ? 'in-time' : after.timeliness]);
  const { droppedBytes } = result.stdout;
  const cut = droppedBytes > 0 && { leftOutBytes: droppedBytes };
  return { log, run: { ...endingOf(result), reading, evidence, log: kept, ...cut }, timeliness, before, after };
}

async function runScript(sandbox: Sandbox, setting: NamedRun): Promise<CommandResult> {
  const { artifact, signal, timeLimitMs, seed } = setting;
  const { spentProcessIds, env } = runCircumstances(seed, setting);
  const result = await sandbox.run(
    {
      id: randomUUID(),
      argv: ['bash', '-c', PREPARED, 'test_script.sh', artifact.testScript, String(spentProcessIds)],
      env: { ...coresOf(setting.sandbox.cores), ...env },
      timeoutMs: timeLimitMs,
      outputCapBytes: LOG_CAP_BYTES,
    },
    { signal },
  );
  signal.throwIfAborted();
  return result;
}

/**
 * The script's text is an argument, so that no process it starts can change the script while it is being read. It runs
 * in a process of its own behind the spent ids; its exit status is the command's own, and that of one which a signal
 * ended is what shells make of it. What bash has to say about such a signal goes nowhere, for it is not the script's.
 */
const PREPARED = `
mkdir -p "\${HOME:-/tmp}" "\${TMPDIR:-/tmp}"
for ((i = 0; i < $2; i++)); do (:); done
exec 3>&2 2>/dev/null
bash -c "$1" test_script.sh 2>&3 3>&-
exit $?
`;

/** What test runners ask for the number of cores; without it they count the host's. */
function coresOf(cores: number): Record<string, string> {
  return { GOMAXPROCS: String(cores), PYTEST_XDIST_AUTO_NUM_WORKERS: String(cores) };
}

/** Limits are multiples of durations, so what load added to this one must not be granted to every other. */
function endingOf(result: CommandResult): Pick<TestRun, 'ending' | 'exitCode' | 'durationMs'> {
  const ending = result.ending === 'exited' ? 'exited' : 'timed-out';
  return { ending, exitCode: result.exitCode, durationMs: machineTimeMs(result) };
}

/**
 * Runs the parser on a log in a sandbox that holds only the log (docs/specification.md#parser). `elsewhere` gives it
 * another working directory and another environment, which a parser has no business with.
 */
export async function parseLog(
  services: Services,
  setting: TestRunSetting,
  log: string,
  { elsewhere = false }: { readonly elsewhere?: boolean } = {},
): Promise<ParsedLog> {
  const { artifact, signal } = setting;
  const logs = services.logs ?? freshLogSandboxes(services, setting);
  const result = await logs.use((sandbox) =>
    sandbox.run(
      {
        id: randomUUID(),
        argv: ['python3', '-I', '-c', artifact.testParser],
        stdin: Buffer.from(log),
        ...(elsewhere && { cwd: '/', env: runCircumstances(setting.seed, { state: 'parser', repeat: 1 }).env }),
        timeoutMs: PARSER_TIMEOUT_MS,
        outputCapBytes: PARSER_OUTPUT_CAP_BYTES,
        separateStderr: true,
      },
      { signal },
    ),
  );
  signal.throwIfAborted();
  return {
    reading: readingOf(result, setting.twins),
    timeliness: timelinessOf(result),
    durationMs: machineTimeMs(result),
  };
}

function readingOf(
  { ending, exitCode, stdout, stderr }: CommandResult,
  twins: ReadonlySet<string> | undefined,
): ParserReading {
  if (ending !== 'exited')
    return { valid: false, timedOut: true, problem: `the parser did not end within ${PARSER_TIMEOUT_MS / 1000} s` };
  if (exitCode !== 0) {
    const said = outputText(stderr).trim().slice(-500);
    return { valid: false, problem: `the parser ended with exit code ${exitCode ?? 'unknown'}: ${said}` };
  }
  if (stdout.droppedBytes > 0)
    return { valid: false, problem: `the parser wrote more than ${PARSER_OUTPUT_CAP_BYTES} bytes` };
  return readParserOutput(outputText(stdout), twins);
}
