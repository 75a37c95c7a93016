import type { BugArtifact } from '../artifact/bug-artifact.ts';
import type { CheckFinding } from '../record/check-record.ts';
import type { CleanState } from './clean-state.ts';
import { fails, firstNames, nameList, passes } from '../record/finding.ts';
import { goProgramsIn } from '../script/go-programs.ts';
import { foreignLoads, MAX_LOOKED_FOR, scriptLoads } from '../script/script-loads.ts';
import { bugFilesNamedIn, environmentVariablesReadBy, variablesSetIn } from '../script/script-hints.ts';
import { EMPTY_SCRIPT } from '../script/shell-script.ts';
import { reportOf } from '../report/test-status.ts';
import { filesTouchedBy, type FileChange } from '../diff/unified-diff.ts';
import { repetitionsOf } from './validation-profile.ts';
import type { BuggyFacts, OriginalFacts, ValidationConfig, WeakenedFacts } from './validation-facts.ts';

export interface TestScriptQuestion {
  readonly artifact: BugArtifact;
  readonly bug: readonly FileChange[];
  readonly original: OriginalFacts;
  readonly clean: CleanState;
  readonly config: ValidationConfig;
  /** What later states showed of the script, as far as they were run. */
  readonly buggy?: BuggyFacts;
  readonly weakened?: WeakenedFacts;
}

/**
 * The check test-script (docs/specification.md#test-script): on the original tree more than `minPassingTests` tests
 * pass, within the time limit. Beyond the paper: none fails, the script leaves the tree as it is, and it knows neither
 * the bug's files nor the variables that the bug reads.
 *
 * The count is taken before quarantine; determinism takes it again afterwards. Undefined while runs are missing.
 */
export function testScriptFinding(question: TestScriptQuestion): CheckFinding | undefined {
  const { original, config } = question;
  const [first] = original.runs;
  if (first === undefined) return undefined;
  const timedOut = original.runs.find((run) => run.ending === 'timed-out');
  if (timedOut) {
    return fails(`on the original tree the script does not end within its limit`, { durationMs: timedOut.durationMs });
  }
  const passed = reportOf(first.reading).passed.length;
  if (passed <= config.minPassingTests) {
    return fails(`on the original tree ${passed} tests pass, and more than ${config.minPassingTests} must`, { passed });
  }
  if (config.profile === 'strict') {
    const failure = strictFailure(question);
    if (failure !== undefined) return failure;
    if (original.runs.length < repetitionsOf('strict').clean) return undefined;
  }
  return passes(`on the original tree ${passed} tests pass`, {
    passed,
    quarantined: firstNames(question.clean.quarantined),
    durationMs: first.durationMs,
    fixes: variablesSetIn(original.script ?? EMPTY_SCRIPT, VARIED),
  });
}

function strictFailure({ bug, original, clean, buggy, weakened }: TestScriptQuestion): CheckFinding | undefined {
  if (clean.failed.length > 0) {
    return fails(`on the original tree tests fail: ${nameList(clean.failed)}`, { failed: firstNames(clean.failed) });
  }
  const states = [original, buggy, weakened];
  const unlisted = states.find((state) => state?.treeProblem !== undefined)?.treeProblem;
  if (unlisted !== undefined) return fails(`what the script changes cannot be seen: ${unlisted}`);
  const changed = new Set(states.flatMap((state) => state?.changedByScript ?? []));
  if (changed.size > 0) {
    return fails(`the script changes files of the tree: ${nameList(changed)}`, { changed: firstNames(changed) });
  }
  const script = original.script ?? EMPTY_SCRIPT;
  const flags = goProgramsIn(script);
  if (flags.length > 0) {
    return fails(`test_script.sh gives go programs of its own: ${nameList(flags)}`, { flags: firstNames(flags) });
  }
  const foreign = foreignLoads(script, original.scriptLoads);
  if (foreign.length > 0) {
    const loads = scriptLoads(script).length;
    const many = loads > MAX_LOOKED_FOR ? `; of the ${loads} that it names, only ${MAX_LOOKED_FOR} are looked for` : '';
    return fails(`test_script.sh loads what the image does not hold: ${nameList(foreign)}${many}`, {
      foreign: firstNames(foreign),
    });
  }
  const named = bugFilesNamedIn(script, filesTouchedBy(bug), original.tree.files);
  if (named.length > 0)
    return fails(`test_script.sh names files of the bug: ${nameList(named)}`, { named: firstNames(named) });
  const variables = environmentVariablesReadBy(bug.flatMap((file) => file.addedLines));
  const set = variablesSetIn(script, variables);
  if (set.length === 0) return undefined;
  return fails(`test_script.sh sets what the bug reads: ${nameList(set)}`, { variables: firstNames(set) });
}

/** What repeats vary; a script that sets it runs every repeat alike, which is said and not refused. */
const VARIED = ['PYTHONHASHSEED', 'TZ', 'HOSTNAME', 'HOME', 'TMPDIR'] as const;
