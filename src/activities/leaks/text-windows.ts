import { createHash } from 'node:crypto';

const WINDOW = 3;

/**
 * The windows of a text: each three significant lines in a row, blanks left out, as the first 16 hex digits of their
 * SHA-256. The same as in `image_index.py`, byte by byte, so text is taken as Latin-1.
 */
export function windowsOf(content: Uint8Array): ReadonlySet<string> {
  const lines = Buffer.from(content)
    .toString('latin1')
    .split(/[\n\0]/)
    .map((line) => line.replace(/[ \t\r\v\f]/g, ''))
    .filter(isSignificant);
  const windows = new Set<string>();
  for (let start = 0; start + WINDOW <= lines.length; start += 1) {
    const text = lines.slice(start, start + WINDOW).join('\n');
    windows.add(createHash('sha256').update(text, 'latin1').digest('hex').slice(0, 16));
  }
  return windows;
}

function isSignificant(line: string): boolean {
  return line.length >= 6 && (line.match(/[A-Za-z0-9_]/g) ?? []).length >= 4;
}
