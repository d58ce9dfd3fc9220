import { getEventListeners } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Agent } from 'undici';
import { afterEach, describe, expect, it } from 'vitest';
import { exchange, TimedOut, type ExchangeRequest } from '../../../activities/inference/exchange.js';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function serving(listener: RequestListener): Promise<string> {
  const server: Server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/ask?x=1`;
}

function agent(connections = 4): Agent {
  const dispatcher = new Agent({ connections, headersTimeout: 0, bodyTimeout: 0 });
  closing.push(() => dispatcher.destroy());
  return dispatcher;
}

const post = (url: string, more: Partial<ExchangeRequest> = {}): ExchangeRequest => ({
  url,
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: '{}',
  signal: undefined,
  ...more,
});

describe('an exchange', () => {
  it('sends method, path, query, headers and body, and brings the whole answer, whatever its status', async () => {
    const url = await serving((request, response) => {
      void request.toArray().then((chunks) => {
        const told = [request.method, request.url, request.headers['content-type'], Buffer.concat(chunks as Buffer[])];
        response.writeHead(418, { 'retry-after': '7' }).end(told.join(' '));
      });
    });
    const answer = await exchange(agent(), post(url, { body: '{"a":"é"}' }));
    expect(answer).toMatchObject({ status: 418, body: 'POST /v1/ask?x=1 application/json {"a":"é"}' });
    expect(answer.headers['retry-after']).toBe('7');
  });

  it('puts characters together that arrive in pieces, and takes early hints for no answer', async () => {
    const text = Buffer.from('Fünf €');
    const url = await serving((_, response) => {
      response.writeEarlyHints({ link: '</x>; rel=preload' });
      const send = (at: number): void => {
        if (at === text.length) return void response.end();
        response.write(text.subarray(at, at + 1));
        setTimeout(send, 2, at + 1);
      };
      send(0);
    });
    expect(await exchange(agent(), post(url))).toMatchObject({ status: 200, body: 'Fünf €' });
  });

  it.each([
    ['before it answers', (): void => undefined],
    ['in the middle of its answer', (response: { write: (text: string) => unknown }) => void response.write('{')],
  ])('times out when the server goes silent %s', async (_, begin) => {
    const url = await serving((_request, response) => begin(response));
    await expect(exchange(agent(), post(url, { timeoutMs: 60 }))).rejects.toThrow(TimedOut);
  });

  it('ends at once when it is aborted: before, while it waits for a connection, and under way', async () => {
    let asked = 0;
    const url = await serving(() => void (asked += 1));
    const one = agent(1);
    const [underway, waiting] = [new AbortController(), new AbortController()];
    const first = exchange(one, post(url, { signal: underway.signal }));
    await expect.poll(() => asked).toBe(1);
    const second = exchange(one, post(url, { signal: waiting.signal }));
    waiting.abort(new Error('no longer wanted'));
    await expect(second).rejects.toThrow('no longer wanted');
    underway.abort(new Error('stopped'));
    await expect(first).rejects.toThrow('stopped');
    await expect(exchange(one, post(url, { signal: AbortSignal.abort(new Error('too late')) }))).rejects.toThrow(
      'too late',
    );
    expect(asked).toBe(1);
  });

  it('fails with the error of a connection that is refused or breaks off', async () => {
    const url = await serving((_, response) => {
      response.write('{"half":');
      setTimeout(() => response.destroy(), 20);
    });
    await expect(exchange(agent(), post(url))).rejects.toMatchObject({ code: 'UND_ERR_SOCKET' });
    await expect(exchange(agent(), post('http://127.0.0.1:1/v1'))).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('leaves no listener behind, on whatever way it ends', async () => {
    const url = await serving((request, response) => void (request.url === '/fine' && response.end('x')));
    const { signal } = new AbortController();
    await exchange(agent(), post(new URL('/fine', url).href, { signal, timeoutMs: 5_000 }));
    await exchange(agent(), post(url, { signal, timeoutMs: 20 })).catch(() => undefined);
    await exchange(agent(), post('http://127.0.0.1:1/', { signal })).catch(() => undefined);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});
