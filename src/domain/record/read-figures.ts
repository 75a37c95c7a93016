import { z } from 'zod';

import type { Figures } from './check-record.ts';

const figuresFormat = z.record(z.string(), z.union([z.number(), z.string(), z.boolean(), z.array(z.string())]));

/** The figures of a check as the ledger keeps them. Throws where the text holds anything else. */
export function readFigures(figures: string): Figures {
  return figuresFormat.parse(JSON.parse(figures));
}
