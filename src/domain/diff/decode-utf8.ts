/** Undefined for bytes that are no UTF-8: text with replacement characters in it would be another text. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    // The byte order mark stays: a file is kept as it is.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}
