import { once } from 'node:events';

import { readSecret } from '../../config/environment.ts';
import type { CommandContext } from '../command/command-context.ts';
import { CommandFailure, EXIT } from '../command/exit-codes.ts';

export interface CodecServerCommandOptions {
  readonly host: string;
  readonly port: number;
  readonly origin: readonly string[];
  /** The variable that holds the token. */
  readonly tokenEnv?: string;
}

/** Serves plain values to the Temporal UI and to `temporal`, until Ctrl-C. */
export async function runCodecServer(
  { environment, backends, output, interrupts }: CommandContext,
  { host, port, origin: origins, tokenEnv }: CodecServerCommandOptions,
): Promise<number> {
  const { payloadKeys = [] } = environment;
  if (payloadKeys.length === 0) {
    throw new CommandFailure(
      'nothing is encrypted: SELFPLAY_PAYLOAD_KEYS is not set here. Set it as it is where the workers run',
      EXIT.usage,
    );
  }
  const token = tokenEnv === undefined ? undefined : readSecret(tokenEnv);
  if (tokenEnv !== undefined && token === undefined) {
    throw new CommandFailure(`--token-env names ${tokenEnv}, which is not set`, EXIT.usage);
  }
  if (token === undefined && !isLoopback(host)) {
    throw new CommandFailure(
      `whoever reaches ${host} could read everything: name a variable that holds a token with --token-env, or keep to 127.0.0.1`,
      EXIT.usage,
    );
  }
  const { stop } = interrupts();
  const server = await backends.startCodecServer({
    ...{ keys: payloadKeys, host, port, origins },
    ...(token === undefined ? {} : { token }),
  });
  try {
    output.write(
      `decodes at ${server.url} for ${origins.join(', ')}\n\n  temporal workflow show --workflow-id my-run --codec-endpoint ${server.url}${
        token === undefined ? '' : ` --codec-auth "Bearer $${tokenEnv ?? ''}"`
      }\n\nCtrl-C stops it.\n`,
    );
    if (!stop.aborted) await once(stop, 'abort');
  } finally {
    await server.close();
  }
  return EXIT.ok;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
