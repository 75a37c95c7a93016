import type { Output } from './output.ts';

/** Where `show` prints. */
export interface Page extends Pick<Output, 'columns' | 'colors'> {
  /** Nothing is cut: asked for, or no terminal. */
  readonly full: boolean;
}

export function pageOf(output: Output, full: boolean): Page {
  const { columns, colors, isTerminal } = output;
  return { columns, colors, full: full || !isTerminal };
}
