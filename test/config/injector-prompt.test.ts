import { describe, expect, it } from 'vitest';

import { renderPrompt, type InjectorPromptRequest } from '../../src/config/prompts.ts';
import { ARTIFACT_FILES } from '../../src/domain/artifact/bug-artifact.ts';
import { readToolCall } from '../../src/domain/protocol/tool-protocol.ts';
import { toolExamples } from './tool-examples.ts';

const limits = { turns: 128, contextTokens: 131_072, commandSeconds: 119, outputTokens: 8192 };
const injector: InjectorPromptRequest = {
  role: 'injector',
  strategy: 'removal',
  treeRoot: '/srv/tree',
  artifactDirectory: '/tmp/five',
  limits,
  validation: { minPassingTests: 5, minChangedFiles: 2, minFailingTests: 3 },
};
describe.each(['removal', 'history', 'direct'] as const)('injector prompt, strategy %s', (strategy) => {
  const { system, user } = renderPrompt({ ...injector, strategy });

  it('names strategy and artifact directory in lines of their own', () => {
    expect(user.split('\n')).toEqual(
      expect.arrayContaining([`Injection strategy: ${strategy}`, 'Artifact directory: /tmp/five']),
    );
  });

  it('submits the five files in its example', () => {
    expect(readToolCall(toolExamples(system)[3] ?? '')).toEqual({
      kind: 'call',
      call: { tool: 'submit', paths: ARTIFACT_FILES.map((file) => `/tmp/five/${file}`) },
    });
  });

  it.each([
    ['the five files', ARTIFACT_FILES.map((file) => `\`${file}\``)],
    [
      'that all lie outside of the tree, and only they survive',
      ['outside of the source tree', '**only these five files** survive'],
    ],
    [
      'how the script is run',
      ["source tree's root as its working directory", "machine's own `PATH` and `HOME`", 'less than 90 seconds'],
    ],
    ['what the script prints', ['the status of each test on a line of its own']],
    ['which tests the script selects', ['more than 5 tests pass and **none fails**']],
    [
      'what the script must not do',
      [
        'changes, moves or restores no existing file',
        'must not name any file of the bug',
        'nor set an environment variable that the bug reads',
      ],
    ],
    ['that results are earned', ['tests that are made to fail on purpose']],
    ['what varies between runs', ['process ids, the hash seed, the time, the time zone, the host name']],
    ["the parser's form", ['from stdin', '`{"test id": "passed" or "failed"}`', 'skipped', 'a key only once']],
    [
      "the parser's purity",
      ['pure function of its input', 'holds nothing but the log', 'must not use the clock', '10 seconds'],
    ],
    [
      "the parser's hard cases",
      [
        'an empty log it reports no pass',
        'cut off at the end of any line',
        'shuffled or doubled',
        '`"failed"` wins',
        'stands in the log',
      ],
    ],
    [
      'what the list of test files is',
      ['one path a line', 'at least all files that `test_weaken.diff` touches', 'put back to their original text'],
    ],
    [
      'what the bug may touch',
      [
        'git diff of at least 2 code file(s)',
        'touches no test file',
        'nothing that steers the test runner',
        'No binary files, symlinks or submodules',
        'No path leaves the tree',
      ],
    ],
    [
      'how much fails and passes',
      ['at least 3 of the tests that pass on the original fail', '**at least one** of them still passes'],
    ],
    [
      'inverse mutation',
      [
        '**Every file of the bug matters.**',
        'one file is put back and the rest of the bug stays',
        'works only together with another',
      ],
    ],
    [
      'determinism and neutral edits',
      [
        '**It is deterministic.**',
        'No randomness',
        'working directory',
        'a comment appended to each file of the bug must change no result',
      ],
    ],
    ['that nothing is given away', ['add no comment that hints at the bug', 'does not comment out']],
    [
      'what the weakening is',
      [
        'on top of the bug',
        'nothing that passed before fails',
        'applied to the **original** tree',
        'rows of a table of tests',
        '**no test fails**',
        'the exit code that it has on the clean tree',
        'That a file loads must show',
      ],
    ],
    [
      'how a parser names tests, and how much a script prints',
      ['a tab may stand in one', 'an id that holds the time', 'prints less than 8 MiB'],
    ],
    [
      'that the reversed weakening is the specification',
      ['all that the solver is told', 'must describe the wanted behaviour'],
    ],
    [
      'how good diffs are made',
      ['git diff --cached', 'git apply --check', 'git reset -q --hard', 'Never edit a diff by hand'],
    ],
    ['near-duplicates', ['near-duplicates of earlier bugs are refused']],
    [
      'what is rewarded',
      ['that is the worst result', 'If all of them repair the bug, or none does', 'about one solver in five'],
    ],
  ])('says %s', (_demand, phrases) => {
    for (const phrase of phrases) expect(user).toContain(phrase);
  });

  it('guides by its strategy only', () => {
    const guides = { removal: '**removing code**', history: '**undoing past changes**', direct: 'Choose freely' };
    expect(Object.entries(guides).filter(([, phrase]) => user.includes(phrase))).toEqual([
      [strategy, guides[strategy]],
    ]);
  });
});
