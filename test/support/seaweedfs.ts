import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CreateBucketCommand, DeleteObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { cotmillHome } from '../../workers/stack/home.js';
import { freePorts, isListening, requireFree } from '../../workers/stack/ports.js';
import { startProcess, type RunningProcess } from '../../workers/stack/process.js';
import { toolPath } from '../../workers/stack/tools.js';

/** SeaweedFS opens all of these; each gets a port of its own, so that several servers can run on one machine. */
const PORT_OPTIONS = [
  's3.port',
  's3.port.grpc',
  'master.port',
  'master.port.grpc',
  'volume.port',
  'volume.port.grpc',
  'filer.port',
  'filer.port.grpc',
  'admin.port',
  'admin.port.grpc',
] as const;
const REGION = 'us-east-1';
const STATE_FILE = 'cotmill-seaweedfs.json';
const CONFIG_FILE = 's3.json';
const PROBE_KEY = '.cotmill-ready';

export interface SeaweedfsOptions {
  /** Everything of this server lies here: data, keys, ports. A second start over the same folder has the same address, keys and objects. */
  readonly directory: string;
  /** Made when absent. */
  readonly bucket: string;
  /** Default `.cotmill/logs/seaweedfs.log`. */
  readonly logFile?: string;
  /** Default: what the set-up provided. */
  readonly executable?: string;
}

export interface Seaweedfs extends RunningProcess {
  /** `http://127.0.0.1:port`; wants path-style addressing. */
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

interface ServerState {
  readonly ports: readonly number[];
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/**
 * Starts SeaweedFS as an S3 server with one pair of keys; resolves when an object could be written to the bucket.
 * @throws {StackError} when it does not start, or one already runs over that folder
 */
export async function startSeaweedfs(options: SeaweedfsOptions): Promise<Seaweedfs> {
  const state = await serverState(options.directory);
  const [s3Port] = state.ports;
  for (const port of state.ports) await requireFree(port, 'SeaweedFS');
  const endpoint = `http://127.0.0.1:${s3Port}`;
  const { accessKeyId, secretAccessKey } = state;
  const server = { endpoint, region: REGION, bucket: options.bucket, accessKeyId, secretAccessKey };
  const running = await startProcess({
    name: 'SeaweedFS',
    command: options.executable ?? toolPath('weed'),
    args: seaweedfsArguments(options.directory, state.ports),
    cwd: options.directory, // it looks for configuration files in the current directory
    logFile: options.logFile ?? join(cotmillHome(), 'logs', 'seaweedfs.log'),
    readyWhen: async () => (await isListening(s3Port as number)) && (await takesObjects(server)),
    pidFile: join(options.directory, 'seaweedfs.pid'),
  });
  void running.exited.then(() => removeSockets(state.ports));
  return { ...running, ...server };
}

/** Arguments of `weed`. Telemetry and what nobody here uses are off. Pure. */
export function seaweedfsArguments(directory: string, ports: readonly number[]): string[] {
  return [
    '-logtostderr=true', // else log files of fixed names in /tmp
    'mini',
    `-dir=${join(directory, 'data')}`,
    '-ip=127.0.0.1',
    '-ip.bind=127.0.0.1',
    `-s3.config=${join(directory, CONFIG_FILE)}`,
    ...PORT_OPTIONS.map((option, index) => `-${option}=${ports[index]}`),
    ...['-s3.port.iceberg=0', '-s3.port.lance=0', '-master.telemetry=false', '-admin.ui=false', '-webdav=false'],
  ];
}

/** A client of that server with its keys, or with others. */
export function seaweedfsClient(
  server: Pick<Seaweedfs, 'endpoint' | 'region' | 'accessKeyId' | 'secretAccessKey'>,
): S3Client {
  const { endpoint, region, accessKeyId, secretAccessKey } = server;
  return new S3Client({
    endpoint,
    region,
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: { accessKeyId, secretAccessKey },
  });
}

/** Ports and keys of the folder: those of its first start. */
async function serverState(directory: string): Promise<ServerState> {
  const path = join(directory, STATE_FILE);
  if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8')) as ServerState;
  mkdirSync(join(directory, 'data'), { recursive: true });
  const state: ServerState = {
    ports: await freePorts(PORT_OPTIONS.length),
    accessKeyId: randomBytes(10).toString('hex'),
    secretAccessKey: randomBytes(20).toString('hex'),
  };
  const { accessKeyId, secretAccessKey } = state;
  const identity = {
    name: 'cotmill',
    credentials: [{ accessKey: accessKeyId, secretKey: secretAccessKey }],
    actions: ['Admin', 'Read', 'Write', 'List', 'Tagging'],
  };
  writeFileSync(join(directory, CONFIG_FILE), JSON.stringify({ identities: [identity] }), { mode: 0o600 });
  writeFileSync(path, JSON.stringify(state), { mode: 0o600 });
  return state;
}

/** The gateway answers before volumes can be written: only a written object shows that it works. */
async function takesObjects(
  server: Parameters<typeof seaweedfsClient>[0] & { readonly bucket: string },
): Promise<boolean> {
  const client = seaweedfsClient(server);
  const target = { Bucket: server.bucket, Key: PROBE_KEY };
  try {
    await client.send(new CreateBucketCommand({ Bucket: server.bucket })).catch(ignoreExisting);
    await client.send(new PutObjectCommand({ ...target, Body: 'ready' }));
    await client.send(new DeleteObjectCommand(target));
    return true;
  } catch {
    return false; // not up yet; startProcess ends the waiting
  } finally {
    client.destroy();
  }
}

function ignoreExisting(error: unknown): void {
  const name = error instanceof Error ? error.name : '';
  if (name !== 'BucketAlreadyExists' && name !== 'BucketAlreadyOwnedByYou') throw error;
}

/** SeaweedFS puts its sockets at fixed places in /tmp, by port, and leaves some behind, all of them after a crash. */
function removeSockets(ports: readonly number[]): void {
  PORT_OPTIONS.forEach((option, index) => {
    const [component, , grpc] = option.split('.');
    rmSync(`/tmp/seaweedfs-${component}${grpc === undefined ? '' : '-grpc'}-${ports[index]}.sock`, { force: true });
  });
}
