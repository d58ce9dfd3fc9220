import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import type { StoreConfig } from '../../config/deployment.js';
import { listObjects } from './list-objects.js';
import { mapErrors, mapStreamErrors } from './map-errors.js';
import { checkKey, checkPrefix } from './object-key.js';
import { StoreError, type ObjectInfo, type ObjectStore } from './object-store.js';
import { isAbsent, s3Errors, statusOf, type S3Location } from './s3-errors.js';

/** Connections to the server. One activity worker keeps a few hundred requests in flight. */
const MAX_SOCKETS = 512;
const CONNECT_TIMEOUT_MS = 5_000;
/** Silence on a connection. Conditional writes of some servers were seen to take seconds. */
const IDLE_TIMEOUT_MS = 30_000;
/** The SDK's standard mode: short jittered delays. What lasts longer is left to the caller's retries. */
const MAX_ATTEMPTS = 3;
/** 409: another conditional write of this key is under way; S3 asks to try again. */
const CONFLICT_ATTEMPTS = 8;
const CONFLICT_DELAY_MS = 50;
const MIN_PART_BYTES = 8 * 1024 * 1024;
/** S3 allows 10,000 parts. */
const MAX_PARTS = 9_000;

export type S3StoreConfig = Extract<StoreConfig, { kind: 's3' }>;

export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/**
 * Store in a bucket of any S3 server that honours If-None-Match (probeStore tells). Without credentials the AWS default chain is asked.
 * Throws StoreError, at once when the endpoint is no http(s) URL; TypeError for bad keys.
 */
export function createS3Store(config: S3StoreConfig, credentials?: S3Credentials): ObjectStore {
  const location = locationOf(config);
  const client = new S3Client(clientConfig(config, credentials));
  const failure = s3Errors(location);
  const root = rootOf(config.prefix);
  const at = (key: string) => ({ Bucket: config.bucket, Key: root + checkKey(key) });

  async function read(key: string) {
    const target = at(key);
    return mapErrors(failure('read', key), () => absentAsUndefined(() => client.send(new GetObjectCommand(target))));
  }

  async function get(key: string): Promise<Uint8Array | undefined> {
    const found = await read(key);
    return found && mapErrors(failure('read', key), async () => found.Body?.transformToByteArray());
  }

  async function getStream(key: string): Promise<Readable | undefined> {
    const found = await read(key);
    // The SDK's body is a Readable in Node; its type also covers browsers.
    return found && mapStreamErrors(failure('read', key), found.Body as Readable);
  }

  async function put(key: string, body: Uint8Array): Promise<void> {
    const target = at(key);
    await mapErrors(failure('write', key), () => client.send(new PutObjectCommand({ ...target, Body: body })));
  }

  async function putIfAbsent(key: string, body: Uint8Array): Promise<boolean> {
    const command = new PutObjectCommand({ ...at(key), Body: body, IfNoneMatch: '*' });
    return mapErrors(failure('write', key), () => decideConflicts(() => client.send(command)));
  }

  async function stat(key: string): Promise<ObjectInfo | undefined> {
    const target = at(key);
    return mapErrors(failure('look up', key), async () => {
      const found = await absentAsUndefined(() => client.send(new HeadObjectCommand(target)));
      if (found) return { key, bytes: found.ContentLength ?? 0 };
      // A HEAD without an object and one without a bucket look the same.
      await mapErrors(bucketAbsent(location), () => client.send(new HeadBucketCommand({ Bucket: config.bucket })));
      return undefined;
    });
  }

  async function* list(prefix: string): AsyncGenerator<ObjectInfo> {
    checkPrefix(prefix);
    try {
      yield* listObjects(client, { bucket: config.bucket, root, prefix });
    } catch (error) {
      throw failure('list', `${prefix}*`)(error);
    }
  }

  async function deleteObject(key: string): Promise<void> {
    const target = at(key);
    await mapErrors(failure('delete', key), () => client.send(new DeleteObjectCommand(target)));
  }

  async function putFile(key: string, localPath: string): Promise<void> {
    const target = at(key);
    const { body, bytes } = await openLocal(localPath);
    const partSize = Math.max(MIN_PART_BYTES, Math.ceil(bytes / MAX_PARTS));
    const upload = new Upload({ client, params: { ...target, Body: body }, partSize, queueSize: 4 });
    await mapErrors(failure('write', key), () => upload.done()).finally(() => body.destroy());
  }

  const description = `bucket ${location.bucket} at ${location.endpoint}${root && `, prefix ${root}`}`;
  return { description, get, put, putIfAbsent, stat, list, delete: deleteObject, getStream, putFile };
}

function clientConfig(config: S3StoreConfig, credentials: S3Credentials | undefined): S3ClientConfig {
  const agentOptions = { keepAlive: true, maxSockets: MAX_SOCKETS };
  return {
    region: config.region,
    forcePathStyle: config.forcePathStyle,
    maxAttempts: MAX_ATTEMPTS,
    requestHandler: {
      httpAgent: new HttpAgent(agentOptions),
      httpsAgent: new HttpsAgent(agentOptions),
      connectionTimeout: CONNECT_TIMEOUT_MS,
      socketTimeout: IDLE_TIMEOUT_MS,
    },
    ...(credentials && { credentials }),
    // Some servers store the SDK's checksum trailers as content; to AWS itself checksums stay on.
    ...(config.endpoint !== undefined && {
      endpoint: checkedEndpoint(config.endpoint),
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    }),
  };
}

function checkedEndpoint(endpoint: string): string {
  if (URL.canParse(endpoint) && /^https?:$/.test(new URL(endpoint).protocol)) return endpoint;
  throw new StoreError(
    'misconfigured',
    `Bad S3 endpoint "${endpoint}": expected an http or https URL, such as "https://s3.example.org".`,
  );
}

function locationOf(config: S3StoreConfig): S3Location {
  const variables = [config.accessKeyIdEnv, config.secretAccessKeyEnv].filter((name) => name !== undefined);
  return {
    bucket: config.bucket,
    endpoint: config.endpoint ?? `AWS ${config.region}`,
    credentialSource:
      variables.length > 0
        ? `the environment variables ${variables.join(' and ')}`
        : 'the AWS default credentials (AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile, or the role of the machine)',
  };
}

/** Key prefix inside the bucket, ending in a slash unless empty. */
function rootOf(prefix: string): string {
  const trimmed = prefix.replace(/^\/+|\/+$/g, '');
  return trimmed === '' ? '' : `${trimmed}/`;
}

const bucketAbsent = (location: S3Location) => (error: unknown) =>
  statusOf(error) === 404
    ? new StoreError(
        'misconfigured',
        `There is no bucket ${location.bucket} at ${location.endpoint}: create it, or correct the store in the deployment file.`,
      )
    : error;

async function openLocal(path: string): Promise<{ body: Readable; bytes: number }> {
  const file = await open(path, 'r');
  const { size } = await file.stat();
  return { body: createReadStream(path, { fd: file }), bytes: size };
}

async function absentAsUndefined<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await work();
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** true: written. false: there was an object (412). Conflicts (409) are decided by asking again. */
async function decideConflicts(write: () => Promise<unknown>): Promise<boolean> {
  for (let attempt = 1; ; attempt++) {
    try {
      await write();
      return true;
    } catch (error) {
      if (statusOf(error) === 412) return false;
      if (statusOf(error) !== 409 || attempt === CONFLICT_ATTEMPTS) throw error;
      await sleep(CONFLICT_DELAY_MS * attempt * (0.5 + Math.random()));
    }
  }
}
