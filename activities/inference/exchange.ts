import type { Dispatcher } from 'undici';

/** A request with a small body, and how long it may take. */
export interface ExchangeRequest {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly headers: Record<string, string>;
  readonly body: string | null;
  readonly signal: AbortSignal | undefined;
  /** For the whole of it; undefined: the signal alone ends it. */
  readonly timeoutMs?: number;
}

export interface ExchangeAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** An exchange took longer than it may. */
export class TimedOut extends Error {
  override name = 'TimedOut';
}

/**
 * Sends a request and reads the whole answer, whatever its status. Rejects with the signal's reason, {@link TimedOut}, or an error of the connection.
 * Straight over undici's dispatcher: a stream for the body and a resource for its listeners cost as much as the request. [measured]
 */
export function exchange(dispatcher: Dispatcher, request: ExchangeRequest): Promise<ExchangeAnswer> {
  const { url, method, headers, body, signal, timeoutMs } = request;
  const { origin, pathname, search } = new URL(url);
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason as Error);
    let controller: Dispatcher.DispatchController | undefined;
    let stopped: Error | undefined;
    let answer: Omit<ExchangeAnswer, 'body'> = { status: 0, headers: {} };
    const chunks: Buffer[] = [];

    const stop = (reason: Error): void => {
      stopped = reason;
      fail(reason);
      controller?.abort(reason);
    };
    const onAbort = (): void => stop(signal?.reason as Error);
    const timer = timeoutMs === undefined ? undefined : setTimeout(() => stop(new TimedOut('timed out')), timeoutMs);
    signal?.addEventListener('abort', onAbort, { once: true });
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    };
    const fail = (error: Error): void => {
      end();
      reject(error);
    };

    dispatcher.dispatch(
      { origin, path: pathname + search, method, headers, body },
      {
        onRequestStart(started) {
          controller = started;
          // Stopped while it waited for a connection.
          if (stopped) started.abort(stopped);
        },
        // Called again for the answer itself when others, of 1xx, came before it.
        onResponseStart: (_, status, received) => void (answer = { status, headers: received }),
        onResponseData: (_, chunk) => void chunks.push(chunk),
        onResponseEnd() {
          end();
          resolve({ ...answer, body: Buffer.concat(chunks).toString('utf8') });
        },
        onResponseError: (_, error) => fail(error),
      },
    );
  });
}
