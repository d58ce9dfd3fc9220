import { resolve } from 'node:path';
import type { StoreConfig } from '../../config/deployment.js';
import { createFileStore } from './file-store.js';
import type { WholeFiles } from './file-threads.js';
import { StoreError, type ObjectStore } from './object-store.js';
import type { S3Credentials, S3StoreConfig } from './s3-store.js';

export interface OpenStoreContext {
  /** Where the variables with the credentials are looked up: process.env, except in tests. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Directory of the deployment file: relative directories start there. */
  readonly baseDirectory: string;
  /** For a store in a directory that is written much. */
  readonly fileThreads?: WholeFiles;
}

/**
 * The store a deployment names. Nothing is sent yet: probeStore tells whether it works.
 * Throws StoreError when a variable with credentials is named but not set, or the endpoint is no URL.
 */
export async function openStore(config: StoreConfig, context: OpenStoreContext): Promise<ObjectStore> {
  if (config.kind === 'file')
    return createFileStore(resolve(context.baseDirectory, config.directory), context.fileThreads);
  const credentials = credentialsOf(config, context);
  // The SDK takes a while to load, and most runs on a laptop never need it.
  const { createS3Store } = await import('./s3-store.js');
  return createS3Store(config, credentials);
}

/** undefined: no variables are named, so the AWS default chain is meant. */
function credentialsOf(config: S3StoreConfig, { environment }: OpenStoreContext): S3Credentials | undefined {
  const { accessKeyIdEnv, secretAccessKeyEnv } = config;
  if (accessKeyIdEnv === undefined && secretAccessKeyEnv === undefined) return undefined;
  if (accessKeyIdEnv === undefined || secretAccessKeyEnv === undefined) {
    throw new StoreError(
      'misconfigured',
      'The store names one of accessKeyIdEnv and secretAccessKeyEnv: expected both, or neither for the AWS default credentials.',
    );
  }
  const valueOf = (name: string): string => {
    const value = environment[name];
    if (value) return value;
    throw new StoreError(
      'denied',
      `The store needs the environment variable ${name}, which is not set: set it for this process, or correct the store in the deployment file.`,
    );
  };
  return { accessKeyId: valueOf(accessKeyIdEnv), secretAccessKey: valueOf(secretAccessKeyEnv) };
}
