/** Text of an agent or a program must not move the cursor or change colours of the reader's terminal. */
export function visible(text: string): string {
  return text.replace(/[^\P{Cc}\t\n]/gu, '\uFFFD');
}

/** The same as part of a line: what is quoted of an agent may hold line breaks, too. */
export function oneLine(text: string): string {
  return visible(text).replace(/\s+/g, ' ').trim();
}
