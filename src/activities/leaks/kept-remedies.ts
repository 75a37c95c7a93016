import type { BlobRef } from '../../domain/record/blob-ref.ts';
import type { ValidationFacts } from '../../domain/checks/validation-facts.ts';
import type { Blobs } from '../../store/store.ts';
import { getJson, putJson } from '../services/json-blobs.ts';
import type { Remedy } from './remedies.ts';

/** As remedies lie in the store: content in base64. */
interface KeptRemedies {
  readonly format: 'remedies-1';
  readonly remedies: readonly (Omit<Remedy, 'content'> & { readonly content: string | null })[];
}

/** Keeps what takes the second copies of a bug away, for the states that are built without them. */
export async function keepRemedies(blobs: Blobs, remedies: readonly Remedy[]): Promise<BlobRef> {
  const kept: KeptRemedies = {
    format: 'remedies-1',
    remedies: remedies.map(({ content, ...leak }) => ({
      ...leak,
      content: content === null ? null : Buffer.from(content).toString('base64'),
    })),
  };
  return putJson(blobs, kept);
}

/** What the states of this validation are built without; nothing before leaks are known, or where there are none. */
export async function keptRemedies(blobs: Blobs, { leaks }: ValidationFacts): Promise<readonly Remedy[]> {
  if (leaks?.remedies === undefined) return [];
  const { remedies } = await getJson<KeptRemedies>(blobs, leaks.remedies);
  return remedies.map(({ content, ...leak }) => ({
    ...leak,
    content: content === null ? null : new Uint8Array(Buffer.from(content, 'base64')),
  }));
}
