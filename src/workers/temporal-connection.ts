import type { TLSConfig } from '@temporalio/worker';

/** A Temporal server and how to be let in: what `temporal` itself reads from its environment and configuration file. */
export interface TemporalConnection {
  readonly address: string;
  readonly namespace: string;
  readonly tls?: TLSConfig | boolean | null;
  readonly apiKey?: string;
  readonly metadata?: Readonly<Record<string, string | Buffer>>;
}

/** The options that both kinds of connection of the SDK take. */
export function connectionOptions({ address, tls, apiKey, metadata }: TemporalConnection) {
  return {
    address,
    ...(tls === undefined ? {} : { tls }),
    ...(apiKey === undefined ? {} : { apiKey }),
    ...(metadata === undefined ? {} : { metadata: { ...metadata } }),
  };
}
