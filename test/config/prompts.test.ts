import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, it } from 'vitest';

import { packageRoot } from '../../src/config/package-root.ts';
import {
  bugSpecification,
  loadPrompts,
  promptsHash,
  renderPrompt,
  type InjectorPromptRequest,
  type SolverPromptRequest,
} from '../../src/config/prompts.ts';
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
const solver: SolverPromptRequest = { role: 'solver', treeRoot: '/srv/tree', specification: 'It is slow.', limits };
const requests = [
  ['injector, removal', injector],
  ['injector, history', { ...injector, strategy: 'history' }],
  ['injector, direct', { ...injector, strategy: 'direct' }],
  ['solver', solver],
] satisfies [string, InjectorPromptRequest | SolverPromptRequest][];

describe.each(requests)('prompt of the %s', (_name, request) => {
  const { system, user } = renderPrompt(request);

  it.each([
    ['all tools', ['**bash**', '**edit**', '**create**', '**submit**']],
    ['one call a turn', ['**exactly one** tool call']],
    [
      'what carries over between commands',
      [
        'fresh process',
        'working directory and exported environment variables carry over',
        'shell functions',
        'background processes',
      ],
    ],
    [
      'the limits',
      [
        '128 turns',
        '131072 tokens of context',
        '119 seconds',
        '8192 tokens',
        'After every result you are told what remains, that result counted',
      ],
    ],
    ['that there is no network', ['no network']],
    [
      'that submissions are read at once and the last one counts',
      ['read and stored at that moment', 'the last submission counts'],
    ],
    [
      'how a rollout ends',
      [
        'a reply **without a tool call** ends your work',
        'only a format error',
        'counts as failed, even if you have submitted',
      ],
    ],
    ['what a malformed call costs', ['it costs a turn']],
    ['that a call has one form', ['in any other form (JSON, another tag, a code block)']],
    ['what becomes of line ends', ['Lines that are put in get the line ends of the file']],
  ])('says %s', (_demand, phrases) => {
    for (const phrase of phrases) expect(system).toContain(phrase);
  });

  it('shows an example of each tool that the protocol reads', () => {
    const examples = toolExamples(system);
    const calls = examples.map((example) => readToolCall(example));
    expect(calls.map((reading) => (reading.kind === 'call' ? reading.call.tool : reading))).toEqual([
      'bash',
      'edit',
      'create',
      'submit',
    ]);
    expect(calls[1]).toMatchObject({
      call: { path: '/srv/tree/package/module.py', search: '    return first + second' },
    });
  });

  it('has no call outside of the examples, and no placeholder', () => {
    expect(readToolCall(user)).toEqual({ kind: 'none' });
    expect(`${system}${user}`).not.toMatch(/\{\{|\}\}/);
  });

  it('names the tree in a line of its own', () => {
    expect(user.split('\n')).toContain('Source tree: /srv/tree');
  });
});

describe('solver prompt', () => {
  it.each([
    ['what to hand over', ['One file: a git diff', 'must not be empty', '/tmp/patch.diff']],
    [
      'how it is graded',
      [
        'fresh copy of the tree',
        'All of them must pass',
        'test files and everything that steers the test runner',
        'are put back',
      ],
    ],
    [
      'what is run against forged results',
      ['changed so that they must fail: some raise, some expect another value', 'with which such a test passes'],
    ],
    ['the issue', ['# The issue\n\nIt is slow.']],
  ])('says %s', (_demand, phrases) => {
    for (const phrase of phrases) expect(renderPrompt(solver).user).toContain(phrase);
  });

  it('does not claim that forged results are found, or what finds them beyond that', () => {
    const { user } = renderPrompt(solver);
    expect(user).not.toMatch(/\b(?:forg|cheat|fak(?:e|ing)|manipulat|tamper|detect|hidden tests?)/i);
    expect(user).not.toMatch(/\b(?:each|every|all)(?: of the)? tests? (?:is|are)(?: also)? (?:run )?changed/i);
  });

  it('submits one file in its example', () => {
    expect(readToolCall(toolExamples(renderPrompt(solver).system)[3] ?? '')).toMatchObject({
      call: { paths: ['/tmp/patch.diff'] },
    });
  });

  it('leaves the specification as it is, whatever it contains', () => {
    const specification = "{{treeRoot}} {{ name }} {{> parts/artifact.md}} $& $1 $' \\n";
    expect(renderPrompt({ ...solver, specification }).user.endsWith(specification)).toBe(true);
  });

  it('puts a diff into a fence that no line of it can close', () => {
    const diff = '--- a/t.md\n+++ b/t.md\n@@ -1 +1,2 @@\n a\n+````\n';
    const specification = bugSpecification(diff);
    expect(specification).toContain(`\n\`\`\`\`\`diff\n${diff}\`\`\`\`\``);
    expect(bugSpecification('+plain\n')).toContain('\n```diff\n+plain\n```');
  });
});

describe('prompt files', () => {
  const directory = mkdtempSync(join(tmpdir(), 'prompts-'));
  const original = readFileSync(join(packageRoot, 'prompts/solver.md'), 'utf8');
  cpSync(join(packageRoot, 'prompts'), directory, { recursive: true });
  afterAll(() => {
    rmSync(directory, { recursive: true });
  });
  const withSolver = (text: string) => {
    writeFileSync(join(directory, 'solver.md'), text);
    return directory;
  };

  it('have a hash that any change of their text changes', () => {
    expect(promptsHash()).toMatch(/^[0-9a-f]{64}$/);
    expect(loadPrompts(withSolver(original)).hash).toBe(promptsHash());
    expect(loadPrompts(withSolver(`${original} `)).hash).not.toBe(promptsHash());
  });

  it.each([
    ['an unknown placeholder', `${original}{{specifcation}}`, /nothing fills \{\{specifcation\}\}; there are treeRoot/],
    ['a placeholder of another prompt', `${original}{{minPassingTests}}`, /nothing fills/],
    ['an empty placeholder', `${original}{{ }}`, /nothing fills/],
    [
      'a value that is not used',
      original.replace('{{specification}}', ''),
      /solver\.md does not use \{\{specification\}\}/,
    ],
    ['a part that does not exist', `${original}{{> parts/none.md}}`, /parts\/none\.md is missing/],
  ])('with %s are refused when they are loaded', (_fault, text, message) => {
    expect(() => loadPrompts(withSolver(text))).toThrow(message);
  });

  it('are looked for where the package says, and named when they are not there', () => {
    expect(() => loadPrompts('/nowhere/prompts')).toThrow(/cannot read the prompts in \/nowhere\/prompts/);
  });
});

/** Every block from an opening tag to the next closing tag, as a reply would have it. */
