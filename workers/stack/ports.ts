import { connect, createServer } from 'node:net';
import { StackError } from './stack-error.js';

/** Below the ports that systems hand out for outgoing connections (from 32768 on Linux), so that none of these takes a port between our check and the server's start. */
const FIRST_PORT = 20_000;
const LAST_PORT = 31_999;
const MAX_TRIES = 200;

/** That many different ports of 127.0.0.1 that nobody listens on now. @throws {StackError} when there are none */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  for (let tries = 0; ports.size < count; tries += 1) {
    if (tries === MAX_TRIES * count)
      throw new StackError(`No ${count} free ports between ${FIRST_PORT} and ${LAST_PORT} on 127.0.0.1.`);
    const port = FIRST_PORT + Math.floor(Math.random() * (LAST_PORT - FIRST_PORT + 1));
    if (!ports.has(port) && (await isFree(port))) ports.add(port);
  }
  return [...ports];
}

/** The preferred port when nobody listens on it, else any free one. */
export async function freePort(preferred?: number): Promise<number> {
  if (preferred !== undefined && (await isFree(preferred))) return preferred;
  const [port] = await freePorts(1);
  return port as number;
}

/** A server already on the port would answer in the place of the one we start. @throws {StackError} */
export async function requireFree(port: number, purpose: string): Promise<void> {
  if (!(await isFree(port)))
    throw new StackError(
      `Port ${port} of 127.0.0.1, meant for ${purpose}, is taken. End the process that listens there, or choose another port.`,
    );
}

/** Whether a server could listen on that port of 127.0.0.1 now. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** Whether someone accepts connections on that port of 127.0.0.1 now. */
export function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
