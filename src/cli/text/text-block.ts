import type { Page } from './page.ts';
import { indent } from './sections.ts';
import { visible } from './visible-text.ts';

/** Shown of a long text on a terminal: how it begins and how it ends. */
const HEAD_LINES = 30;
const TAIL_LINES = 10;

/** A text of an agent or a program, each line behind a mark; on a terminal a long one is cut, with `--full` it is not. */
export function textBlock(mark: string, text: string, page: Page): string {
  if (text.trim() === '') return '';
  return `${indent(cut(visible(text).trimEnd(), page), mark)}\n`;
}

export function cut(text: string, { full, colors }: Page): string {
  const lines = text.split('\n');
  const dropped = lines.length - HEAD_LINES - TAIL_LINES;
  if (full || dropped <= 1) return text;
  const note = colors.yellow(`... ${dropped} more lines; --full shows them`);
  return [...lines.slice(0, HEAD_LINES), note, ...lines.slice(-TAIL_LINES)].join('\n');
}
