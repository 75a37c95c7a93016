/**
 * A parameter as every dialect can keep it. UTF-8 has no half of a surrogate pair, Postgres refuses a NUL in text, and
 * libsql cuts text off there. The character that stands for an unreadable one takes their place.
 */
export function toStorable(value: unknown): unknown {
  return typeof value === 'string' ? Buffer.from(value).toString().replaceAll('\0', '\uFFFD') : value;
}
