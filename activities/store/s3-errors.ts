import { S3ServiceException } from '@aws-sdk/client-s3';
import type { MapError } from './map-errors.js';
import { StoreError } from './object-store.js';

/** What a message may name of an S3 store: no secret among it. */
export interface S3Location {
  readonly bucket: string;
  /** URL, or the region where AWS itself is meant. */
  readonly endpoint: string;
  /** Where the credentials come from, such as variable names. */
  readonly credentialSource: string;
}

/** Server codes that credentials can mend. */
const DENIED = new Set([
  'AccessDenied',
  'CredentialsProviderError',
  'ExpiredToken',
  'InvalidAccessKeyId',
  'InvalidToken',
  'RequestTimeTooSkewed',
  'SignatureDoesNotMatch',
  'TokenRefreshRequired',
]);

/** Other codes with a 4xx status that waiting can mend. */
const BUSY = new Set([
  'ConditionalRequestConflict',
  'OperationAborted',
  'RequestTimeout',
  'SlowDown',
  'ThrottlingException',
  'TooManyRequestsException',
]);

/** Faults of the SDK itself, before anything was sent. */
const UNUSABLE = new Set(['ERR_INVALID_URL', 'EndpointError', 'InvalidProtocolError']);

const ADVICE = {
  denied: (location: S3Location, error: Error) => `check ${suspectsOf(location, error)}`,
  misconfigured: () => 'check bucket, region, endpoint and forcePathStyle of the store in the deployment file',
  unavailable: () => 'check that the endpoint can be reached from here; waiting may help',
} satisfies Record<StoreError['kind'], (location: S3Location, error: Error) => string>;

/**
 * The SDK's and the network's errors as StoreErrors. The cause keeps name and message alone: the SDK's own error objects carry the signed
 * request, which has no place in a log.
 */
export const s3Errors =
  (location: S3Location) =>
  (action: string, key: string): MapError =>
  (error) => {
    if (!(error instanceof Error) || error instanceof StoreError) return error;
    const kind = kindOf(error);
    const what = `Could not ${action} "${key}" in bucket ${location.bucket} at ${location.endpoint}: ${codeOf(error)}`;
    const cause = new Error(`${error.name}: ${error.message}`);
    return new StoreError(kind, `${what}; ${ADVICE[kind](location, error)}.`, { cause });
  };

/** HTTP status of an answer, undefined when there was none. */
export const statusOf = (error: unknown): number | undefined =>
  error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;

/** Whether a read found no object. A missing bucket is another matter. */
export const isAbsent = (error: unknown): boolean =>
  error instanceof S3ServiceException && (error.name === 'NoSuchKey' || error.name === 'NotFound');

function kindOf(error: Error): StoreError['kind'] {
  const code = codeOf(error);
  const status = statusOf(error);
  if (DENIED.has(error.name) || status === 401 || status === 403) return 'denied';
  if (UNUSABLE.has(code) || status === 501) return 'misconfigured';
  if (BUSY.has(error.name) || status === undefined || status === 429 || status >= 500) return 'unavailable';
  return 'misconfigured';
}

function suspectsOf({ credentialSource }: S3Location, error: Error): string {
  if (error.name === 'RequestTimeTooSkewed') return 'the clock of this machine';
  if (error.name !== 'AccessDenied') return credentialSource;
  // A server that may not list also refuses to say that an object is absent.
  return `${credentialSource}: their key must be allowed to read, write, delete and list`;
}

function codeOf(error: Error): string {
  if (error instanceof S3ServiceException) return `${error.name} (${statusOf(error) ?? 'no status'})`;
  if ('code' in error && typeof error.code === 'string') return error.code;
  return error.name === 'Error' ? error.message : error.name;
}
