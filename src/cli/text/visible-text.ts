/** Text of an agent or a program must not move the cursor or change colours of the reader's terminal. */
export function visible(text: string): string {
  return text.replace(/[^\P{Cc}\t\n]/gu, '\uFFFD');
}
