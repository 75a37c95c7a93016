/** Little-endian arrays in the bytes of a protobuf message. */
export const DTYPE = { float32: 1, int64: 2, int32: 3, bfloat16: 4 } as const;

const ITEM_BYTES: Readonly<Record<number, number>> = { 1: 4, 2: 8, 3: 4, 4: 2 };

export function float32Bytes(values: readonly number[]): Uint8Array {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [index, value] of values.entries()) bytes.writeFloatLE(value, 4 * index);
  return bytes;
}

export function int32Bytes(values: readonly number[]): Uint8Array {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [index, value] of values.entries()) bytes.writeInt32LE(value, 4 * index);
  return bytes;
}

export function int64Bytes(values: readonly number[]): Uint8Array {
  const bytes = Buffer.alloc(8 * values.length);
  for (const [index, value] of values.entries()) bytes.writeBigInt64LE(BigInt(value), 8 * index);
  return bytes;
}

/** The numbers of an array of this DType; throws a RangeError on another one. */
export function numbersOf(bytes: Uint8Array, dtype: number): number[] {
  const size = itemBytes(dtype);
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const read = readerOf(buffer, dtype);
  return Array.from({ length: Math.floor(bytes.length / size) }, (_, index) => read(index * size));
}

export function itemBytes(dtype: number): number {
  const size = ITEM_BYTES[dtype];
  if (size === undefined) throw new RangeError(`a tensor of DType ${dtype} is none that this client reads`);
  return size;
}

function readerOf(buffer: Buffer, dtype: number): (offset: number) => number {
  switch (dtype) {
    case DTYPE.float32:
      return (offset) => buffer.readFloatLE(offset);
    case DTYPE.int64:
      return (offset) => Number(buffer.readBigInt64LE(offset));
    case DTYPE.int32:
      return (offset) => buffer.readInt32LE(offset);
    default:
      return (offset) => bfloat16(buffer.readUInt16LE(offset));
  }
}

/** A bfloat16 is the upper half of a float32. */
function bfloat16(bits: number): number {
  const whole = Buffer.alloc(4);
  whole.writeUInt16LE(bits, 2);
  return whole.readFloatLE(0);
}
