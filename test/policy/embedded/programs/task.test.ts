import { describe, expect, it } from 'vitest';

import { readInjectorTask, readSolverTask } from '../../../../src/policy/embedded/programs/task.ts';
import { injectorPrompt, solverPrompt } from '../prompts.ts';

const prompted = (content: string) => [
  { role: 'system' as const, content: 'Source tree: /not/this/one' },
  { role: 'user' as const, content },
];

describe('injector task', () => {
  it.each(['removal', 'history', 'direct'] as const)('reads the strategy %s', (strategy) => {
    expect(readInjectorTask(prompted(injectorPrompt(strategy)))).toEqual({
      strategy,
      sourceTree: '/repo',
      artifactDirectory: '/tmp/artifact',
    });
  });

  it('reads paths with spaces', () => {
    expect(readInjectorTask(prompted('Source tree: /a b/c')).sourceTree).toBe('/a b/c');
  });
});

describe('solver task', () => {
  it('reads the specification between its fences', () => {
    const diff = '--- a/t.py\n+++ b/t.py\n@@ -1 +1,2 @@\n a\n+b\n';
    expect(readSolverTask(prompted(solverPrompt(diff)))).toEqual({ sourceTree: '/repo', specification: diff });
  });

  it('reads a specification that holds fences itself', () => {
    const diff = '+++ b/t.py\n+text = """\n+```diff\n+```\n+"""\n';
    const prompt = `Source tree: /repo\n\`\`\`\`diff\n${diff}\`\`\`\`\n`;
    expect(readSolverTask(prompted(prompt)).specification).toBe(diff);
  });

  it('is empty for a prompt without a diff', () => {
    expect(readSolverTask(prompted('It is slow.')).specification).toBe('');
  });
});
