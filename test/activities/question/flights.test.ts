import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createFlights } from '../../../activities/question/flights.js';

const LINGER_MS = 40;

/** Work that ends when told, and how often it was started and stopped. */
function work() {
  const seen = { started: 0, stopped: 0 };
  let finish: (result: string) => void = () => undefined;
  const start = (signal: AbortSignal): Promise<string> => {
    seen.started += 1;
    return new Promise((resolve, reject) => {
      finish = resolve;
      signal.addEventListener('abort', () => {
        seen.stopped += 1;
        reject(signal.reason as Error);
      });
    });
  };
  return { seen, start, finish: (result: string) => finish(result) };
}

describe('work on its way', () => {
  it('is shared by all who want it, and started anew when it has ended', async () => {
    const flights = createFlights<string>(LINGER_MS);
    const { seen, start, finish } = work();
    const { signal } = new AbortController();
    const both = Promise.all([flights.join('a', signal, start), flights.join('a', signal, start)]);
    finish('one');
    expect(await both).toEqual(['one', 'one']);
    const again = flights.join('a', signal, start);
    finish('two');
    expect(await again).toBe('two');
    expect(seen).toEqual({ started: 2, stopped: 0 });
  });

  it.each([
    ['at once for a wish to stop', 'CANCELLED', 0],
    ['at once for a worker that ends', 'WORKER_SHUTDOWN', 0],
    ['after a while for a lost activity', 'NOT_FOUND', LINGER_MS],
  ])('ends %s', async (_when, reason, afterMs) => {
    const flights = createFlights<string>(LINGER_MS);
    const { seen, start } = work();
    const cancel = new AbortController();
    const joined = flights.join('a', cancel.signal, start);
    cancel.abort(new Error(reason));
    await expect(joined).rejects.toThrow(reason);
    expect(seen.stopped).toBe(afterMs === 0 ? 1 : 0);
    await sleep(afterMs * 2);
    expect(seen.stopped).toBe(1);
  });

  it('is found by the next attempt of an activity that was lost', async () => {
    const flights = createFlights<string>(LINGER_MS);
    const { seen, start, finish } = work();
    const first = new AbortController();
    const lost = flights.join('a', first.signal, start);
    first.abort(new Error('TIMED_OUT'));
    await expect(lost).rejects.toThrow('TIMED_OUT');
    const next = flights.join('a', new AbortController().signal, start);
    await sleep(LINGER_MS * 2);
    finish('kept');
    expect(await next).toBe('kept');
    expect(seen).toEqual({ started: 1, stopped: 0 });
  });

  it('goes on for those who stay when another leaves', async () => {
    const flights = createFlights<string>(LINGER_MS);
    const { start, finish } = work();
    const leaving = new AbortController();
    const left = flights.join('a', leaving.signal, start);
    const stayed = flights.join('a', new AbortController().signal, start);
    leaving.abort(new Error('CANCELLED'));
    await expect(left).rejects.toThrow('CANCELLED');
    finish('done');
    expect(await stayed).toBe('done');
  });

  it('tells all of a failure', async () => {
    const flights = createFlights<string>(LINGER_MS);
    const { signal } = new AbortController();
    const fail = () => Promise.reject(new Error('no'));
    const both = await Promise.allSettled([flights.join('a', signal, fail), flights.join('a', signal, fail)]);
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });
});
