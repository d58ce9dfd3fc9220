/**
 * Real servers for tests, each over a directory of its own. A tool that the set-up has not provided fails the test
 * with the command to run: nothing is skipped. `stop()` ends the server by its own process id and removes its directory.
 */
import { join } from 'node:path';
import { startModelServer, type ModelServer, type ModelServerOptions } from '../../workers/stack/model-server.js';
import { freePort } from '../../workers/stack/ports.js';
import { startSeaweedfs, type Seaweedfs } from './seaweedfs.js';
import {
  startTemporalServer,
  type TemporalServer,
  type TemporalServerOptions,
} from '../../workers/stack/temporal-server.js';
import type { RunningProcess } from '../../workers/stack/process.js';
import { toolPath } from '../../workers/stack/tools.js';
import { temporaryDirectory } from './temporary-directory.js';

/** A headless Temporal server in memory; pass `databaseFile` for one that can be killed and started again. */
export async function temporalServer(options: TemporalServerOptions = {}): Promise<TemporalServer> {
  const directory = temporaryDirectory('temporal');
  const port = options.port ?? (await freePort());
  return removing(directory, () =>
    startTemporalServer({ headless: true, logFile: join(directory.path, 'log'), ...options, port }),
  );
}

/** An S3 server with one bucket. */
export async function seaweed(bucket = 'cotmill-test'): Promise<Seaweedfs> {
  const directory = temporaryDirectory('seaweedfs');
  return removing(directory, () =>
    startSeaweedfs({ directory: directory.path, bucket, logFile: join(directory.path, 'log') }),
  );
}

/** The demonstration model behind llama.cpp's server. */
export async function modelServer(options: ModelServerOptions = {}): Promise<ModelServer> {
  const directory = temporaryDirectory('model');
  return removing(directory, () => startModelServer({ logFile: join(directory.path, 'log'), ...options }));
}

/** A Python that has Math-Verify and xllamacpp. */
export const pythonPath = (): string => toolPath('python');

/** For `TestWorkflowEnvironment.createTimeSkipping({ server: { executable: { type: 'existing-path', path } } })`. */
export const temporalTestServerPath = (): string => toolPath('temporalTestServer');

/** For `TestWorkflowEnvironment.createLocal` in the same form, and for the CLI itself. */
export const temporalPath = (): string => toolPath('temporal');

async function removing<Server extends RunningProcess>(
  directory: ReturnType<typeof temporaryDirectory>,
  start: () => Promise<Server>,
): Promise<Server> {
  try {
    const server = await start();
    async function stop(): Promise<void> {
      await server.stop();
      directory.remove();
    }
    return { ...server, stop };
  } catch (error) {
    directory.remove();
    throw error;
  }
}
