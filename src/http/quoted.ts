// A server's page may be long, and a 422 repeats what was sent; the message ends up in Temporal's history.
const LONGEST_QUOTE = 500;

/**
 * What a server says, as one line of a message. Some servers and proxies repeat the key that they refuse. Cut only
 * afterwards, so that no part of it remains.
 */
export function quoted(text: string, secret: string | undefined): string {
  const key = secret?.trim() ?? '';
  const safe = key === '' ? text : text.replaceAll(key, '[api key]');
  const line = safe.replace(/\s+/g, ' ').trim();
  return line.length > LONGEST_QUOTE ? `${line.slice(0, LONGEST_QUOTE)} …` : line;
}
