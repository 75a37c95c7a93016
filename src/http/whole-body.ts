/** The whole body of an answer; rejects as soon as it is larger than any answer can be. */
export async function wholeBody(chunks: AsyncIterable<unknown>, mostBytes: number): Promise<Buffer> {
  const read: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    if (!(chunk instanceof Uint8Array)) continue;
    bytes += chunk.length;
    if (bytes > mostBytes) throw new Error(`the answer is larger than ${mostBytes} bytes`);
    read.push(chunk);
  }
  return Buffer.concat(read);
}
