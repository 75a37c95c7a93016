import { DefaultLogger, Runtime, type LogLevel } from '@temporalio/worker';
import { destination, pino, type Level, type Logger } from 'pino';

import { InvalidConfigError } from '../domain/failure/errors.ts';

const LEVELS: Readonly<Record<LogLevel, Level>> = {
  TRACE: 'trace',
  DEBUG: 'debug',
  INFO: 'info',
  WARN: 'warn',
  ERROR: 'error',
};

/** JSON lines, to standard error or a file: standard output belongs to what a command reports. */
export function createLogger({ level, file }: { readonly level: string; readonly file?: string }): Logger {
  const written = destination(file === undefined ? 2 : { dest: file, mkdir: true, sync: false });
  // A log that cannot be written, on a full disk for one, is no reason to end the work that it tells of.
  written.on('error', (error: Error) => {
    if (file !== undefined) process.stderr.write(`selfplay: ${file} cannot be written: ${error.message}\n`);
  });
  return pino({ level, base: null }, written);
}

/**
 * Sends what the Temporal SDK says through our logger, and serves figures to Prometheus at `metricsAddress` where one is
 * given. Once a process, before the first connection.
 */
export function installTemporalRuntime(logger: Logger, metricsAddress?: string): void {
  const metrics = metricsAddress === undefined ? {} : { metrics: { prometheus: exporterAt(metricsAddress) } };
  try {
    Runtime.install({
      logger: new DefaultLogger('INFO', ({ level, message, meta }) => {
        const { error, ...rest } = meta ?? {};
        logger[LEVELS[level]](error === undefined ? rest : { ...rest, err: error as unknown }, message);
      }),
      // Without `forward` the core prints to the console itself.
      telemetryOptions: { logging: { filter: { core: 'WARN', other: 'ERROR' }, forward: {} }, ...metrics },
      shutdownSignals: [],
    });
  } catch (error) {
    if (metricsAddress === undefined) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new InvalidConfigError(`cannot serve metrics at ${metricsAddress}: ${reason}. Give another --metrics`);
  }
}

/** As Prometheus names things: `_total` for what only grows, seconds for times. */
function exporterAt(bindAddress: string) {
  return { bindAddress, countersTotalSuffix: true, unitSuffix: true, useSecondsForDurations: true };
}
