import type { InjectionStrategy } from '../../../src/domain/record/ledger-rows.ts';

/** The lines of the real prompts that the embedded policy reads, with some around them. */
export function injectorPrompt(strategy: InjectionStrategy): string {
  return [
    'Put a bug into a real source tree.',
    '',
    'Source tree: /repo',
    'Artifact directory: /tmp/artifact',
    `Injection strategy: ${strategy}`,
    '',
    '# What to hand over',
  ].join('\n');
}

export function solverPrompt(diff: string): string {
  return ['Repair a real source tree.', '', 'Source tree: /repo', '', '```diff', diff, '```', ''].join('\n');
}
