import { expect, it } from 'vitest';

import type { Ledger } from '../../src/store/store.ts';
import { AT, LATER, aBlobRef } from './ledger-builders.ts';

export function describeFrozen(ledger: () => Ledger): void {
  it('keeps a frozen library by what it holds, once', async () => {
    const library = { libraryId: 'hash', manifest: aBlobRef(), bugs: 2, recordedAt: AT };
    await ledger().recordLibrary(library);
    await ledger().recordLibrary({ ...library, recordedAt: LATER });
    expect(await ledger().findLibrary('hash')).toEqual(library);
    expect(await ledger().findLibrary('another')).toBeUndefined();
  });
}
