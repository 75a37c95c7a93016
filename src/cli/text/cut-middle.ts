/** A name fitted into a width by its middle: ids of tests and paths are told apart by how they end. */
export function cutMiddle(text: string, width: number): string {
  if (text.length <= width || width < 1) return text;
  const tail = Math.floor((width - 1) / 2);
  return `${text.slice(0, width - 1 - tail)}…${tail === 0 ? '' : text.slice(-tail)}`;
}
