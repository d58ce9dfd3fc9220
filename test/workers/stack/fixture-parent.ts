/** Run by process.server.test.ts: starts a long sleep as a server, prints its process id, and waits to be killed. */
import { join } from 'node:path';
import { startProcess } from '../../../workers/stack/process.js';

const directory = process.argv.at(-1) as string;
const server = await startProcess({
  name: 'a sleeper',
  command: 'sleep',
  args: ['300'],
  logFile: join(directory, 'log'),
  pidFile: join(directory, 'pid'),
  readyWhen: () => Promise.resolve(true),
});
console.log(`pid=${server.pid}`);
