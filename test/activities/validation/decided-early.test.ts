import { describe, expect, it } from 'vitest';

import { collectBuggyRuns, collectOriginalRuns } from '../../../src/activities/validation/collect-runs.ts';
import { collectVariants } from '../../../src/activities/validation/collect-variants.ts';
import { parserExperiments } from '../../../src/activities/validation/parser-experiments.ts';
import type { ValidationInput } from '../../../src/activities/validation/validation-input.ts';
import type { CommandHandler } from '../../../src/sandbox/in-memory/in-memory-sandboxes.ts';
import type { Command } from '../../../src/sandbox/sandbox.ts';
import { aRun, originalFacts, TESTS, validationFacts } from '../../domain/checks/facts.ts';
import { createFakeServices, quietProgress } from '../../support/fake-services.ts';
import { aConfiguration, aReference, aRolloutSetting } from '../../support/run-fixture.ts';

const isParser = ({ argv }: Command) => argv[0] === 'python3';
const isScript = ({ argv }: Command) => argv.includes('test_script.sh');
/** Had all of its time, alone. */
const overdue = { durationMs: 90_000, share: { limitMs: 90_000, lostMs: 0 } };
const LOG = [...TESTS.map((id) => `${id} PASSED`), 'end'].join('\n');
const reportOn = (log: string) =>
  JSON.stringify(Object.fromEntries(TESTS.filter((id) => log.includes(`${id} PASSED`)).map((id) => [id, 'passed'])));
const answer = ({ stdin = new Uint8Array() }: Command) => reportOn(Buffer.from(stdin).toString());

const honest: CommandHandler = (command) => {
  if (isScript(command)) return { exitCode: 0, stdout: LOG };
  return { exitCode: 0, stdout: isParser(command) ? answer(command) : '' };
};

async function aValidation(handler: CommandHandler) {
  const { services, ran } = await createFakeServices({ handler });
  const { owner, subject, sandbox } = aRolloutSetting();
  const { validation } = aConfiguration();
  const input: ValidationInput = {
    owner,
    subject,
    sandbox,
    validation,
    submission: aReference('five files'),
    drawSeed: 1,
  };
  const { original, artifact } = validationFacts();
  const countOf = (asked: (command: Command) => boolean) => ran.filter(({ command }) => asked(command)).length;
  return {
    services,
    input,
    artifact,
    original,
    countOf,
    setting: { ...input, seed: 1, signal: quietProgress().signal },
  };
}

describe('a validation', () => {
  it('asks a parser nothing more that cannot read the log as it is', async () => {
    const flood: CommandHandler = (command, scene) =>
      isParser(command) ? { durationMs: 10_000, share: { limitMs: 10_000, lostMs: 0 } } : honest(command, scene);
    const { services, input, artifact, countOf } = await aValidation(flood);
    const { facts } = await collectOriginalRuns(services, input, { artifact }, quietProgress());
    expect(facts.original?.parser).toEqual([]);
    // Two runs at once, and one of them again, alone.
    expect(countOf(isParser)).toBe(3);
  });

  it('ends the experiments with the first log that a parser does not end on', async () => {
    const slow: CommandHandler = (command, scene) =>
      isParser(command) ? { durationMs: 10_000, share: { limitMs: 10_000, lostMs: 0 } } : honest(command, scene);
    const { services, countOf, setting } = await aValidation(slow);
    const artifact = { testScript: '', testParser: '' };
    const logged = { run: aRun(TESTS), log: LOG };
    const experiments = await parserExperiments(services, { ...setting, artifact }, logged);
    expect(experiments.map(({ reading }) => reading)).toEqual([expect.objectContaining({ timedOut: true })]);
    expect(countOf(isParser)).toBe(3);
  });

  it('ends the experiments when they have taken too long together', async () => {
    const { services, setting, countOf } = await aValidation(honest);
    const dear = {
      ...services.sandboxes,
      create: async (request: Parameters<typeof services.sandboxes.create>[0]) => {
        const sandbox = await services.sandboxes.create(request);
        return {
          ...sandbox,
          run: async (command: Command) => ({
            ...(await sandbox.run(command)),
            durationMs: isParser(command) ? 31_000 : 1,
          }),
        };
      },
    };
    const artifact = { testScript: '', testParser: '' };
    const logged = { run: aRun(TESTS), log: LOG };
    await parserExperiments({ ...services, sandboxes: dear }, { ...setting, artifact }, logged);
    expect(countOf(isParser)).toBeLessThan(5);
  });

  it('lets the first run decide that is known not to end, instead of repeating each', async () => {
    const endless: CommandHandler = (command, scene) => (isScript(command) ? overdue : honest(command, scene));
    const { services, input, artifact, original, countOf } = await aValidation(endless);
    const facts = { artifact, ...(original && { original }) };
    const collected = await collectBuggyRuns(services, input, facts, quietProgress());
    expect(collected.facts.buggy?.runs).toEqual([expect.objectContaining({ ending: 'timed-out' })]);
    expect(countOf(isScript)).toBe(3);
  });

  it('weakens no original for a weakened state that fails by itself', async () => {
    const endless: CommandHandler = (command, scene) => (isScript(command) ? overdue : honest(command, scene));
    const { services, input, countOf } = await aValidation(endless);
    const { weakened: _, ...known } = validationFacts();
    const { facts } = await collectVariants(services, input, known, quietProgress());
    expect(facts.weakened).toEqual(expect.objectContaining({ run: expect.objectContaining({ ending: 'timed-out' }) }));
    expect(facts.weakened?.onOriginal).toBeUndefined();
    expect(countOf(isScript)).toBe(2);
  });

  it('goes on where a gathering was left unfinished', async () => {
    const { services, input, countOf } = await aValidation(honest);
    const { weakened, neutral, sabotage, inverse, ...before } = validationFacts();
    const [first, second] = inverse?.reversions ?? [];
    if (first === undefined || second === undefined) throw new RangeError('two files are put back');
    const known = { ...before, weakened, neutral, sabotage, inverse: { reversions: [first] } };
    const { facts } = await collectVariants(services, input, known as typeof before, quietProgress());
    expect(facts.inverse?.reversions.map(({ path }) => path)).toEqual([first.path, second.path]);
    expect(countOf(isScript)).toBe(1);
  });

  it('asks an honest artifact everything', async () => {
    const { services, input, artifact } = await aValidation(honest);
    const { facts } = await collectOriginalRuns(services, input, { artifact }, quietProgress());
    expect(facts.original?.runs).toHaveLength(2);
    const asked = new Set(facts.original?.parser.map(({ experiment }) => experiment));
    expect(asked).toEqual(new Set(originalFacts().parser.map(({ experiment }) => experiment)));
  });
});
