import type { PolicyReply } from '../policy.ts';

/**
 * How the reply ended; undefined when the server broke it off.
 *
 * `abort` is SGLang's word for a generation that it cancelled, `error` a router's. Such a fragment is not what the
 * policy would have said, so it must not be acted on or trained on.
 */
export function mapFinishReason(reason: string | null | undefined): PolicyReply['finish'] | undefined {
  switch (reason) {
    case 'abort':
    case 'error':
      return undefined;
    case 'length':
      return 'length';
    case 'content_filter':
      return 'content-filter';
    default:
      return 'stop';
  }
}
