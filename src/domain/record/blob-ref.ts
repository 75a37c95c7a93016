/** A reference to content in the blob store: the SHA-256 of the bytes in hex, and their number. */
export interface BlobRef {
  readonly sha256: string;
  readonly bytes: number;
}
