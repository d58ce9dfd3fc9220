import { startFakeModelServer, type FakeModelOptions } from './model-server.js';

/**
 * Runs the fake model server as a process of its own: `node model-server-cli.js '{"port":0,"latency":50}'`.
 * Prints one line of JSON, {"port", "url", "pid"}, when it listens, and ends on SIGTERM or SIGINT.
 */
const server = await startFakeModelServer(JSON.parse(process.argv[2] ?? '{}') as FakeModelOptions);
process.stdout.write(`${JSON.stringify({ port: server.port, url: server.url, pid: process.pid })}\n`);
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => process.exit(0));
