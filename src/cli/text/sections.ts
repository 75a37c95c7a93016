import type { Output } from './output.ts';

export function heading(title: string, { colors }: Pick<Output, 'colors'>): string {
  return `\n${colors.bold(title)}\n`;
}

/** Names and values under each other. */
export function fields(pairs: readonly (readonly [string, string])[]): string {
  const width = Math.max(...pairs.map(([name]) => name.length));
  return pairs.map(([name, value]) => `  ${name.padEnd(width)}  ${value}\n`).join('');
}

export function indent(text: string, by: string): string {
  return text
    .split('\n')
    .map((line) => `${by}${line}`.trimEnd())
    .join('\n');
}
