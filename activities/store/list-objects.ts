import { ListObjectsV2Command, type ListObjectsV2CommandOutput, type S3Client } from '@aws-sdk/client-s3';
import { isObjectKey } from './object-key.js';
import { StoreError, type ObjectInfo } from './object-store.js';

export interface Listing {
  readonly bucket: string;
  /** Key prefix of the store inside the bucket; not part of the keys returned. */
  readonly root: string;
  readonly prefix: string;
}

/** All objects of the listing, a page in memory at a time. Throws StoreError when the server ends early or breaks the order, else the SDK's errors. */
export async function* listObjects(client: S3Client, listing: Listing): AsyncGenerator<ObjectInfo> {
  let token: string | undefined;
  let previous = '';
  do {
    const page = await client.send(
      new ListObjectsV2Command({
        Bucket: listing.bucket,
        Prefix: listing.root + listing.prefix,
        ContinuationToken: token,
      }),
    );
    for (const info of objectsOf(page, listing)) {
      if (isOutOfOrder(previous, info.key)) throw brokenOrder(listing, previous, info.key);
      previous = info.key;
      yield info;
    }
    token = nextToken(page, listing);
  } while (token !== undefined);
}

function objectsOf(page: ListObjectsV2CommandOutput, { root }: Listing): ObjectInfo[] {
  return (page.Contents ?? []).flatMap(({ Key = '', Size = 0 }) => {
    const key = Key.slice(root.length);
    return isObjectKey(key) ? [{ key, bytes: Size }] : [];
  });
}

function nextToken(page: ListObjectsV2CommandOutput, { bucket, prefix }: Listing): string | undefined {
  if (!page.IsTruncated) return undefined;
  const next = page.NextContinuationToken;
  if (next && next !== page.ContinuationToken) return next;
  throw new StoreError(
    'misconfigured',
    `The listing of "${prefix}*" in bucket ${bucket} ended early: the server says that there is more, and not where to go on.`,
  );
}

/** Pages that repeat or skip show as a step back inside a directory. Servers differ in how they order directories among each other. */
const isOutOfOrder = (previous: string, key: string) => directoryOf(previous) === directoryOf(key) && key <= previous;

const directoryOf = (key: string) => key.slice(0, key.lastIndexOf('/') + 1);

const brokenOrder = ({ bucket, prefix }: Listing, previous: string, key: string) =>
  new StoreError(
    'misconfigured',
    `The listing of "${prefix}*" in bucket ${bucket} goes backwards ("${key}" after "${previous}"), so it may be incomplete: use a server that lists in key order.`,
  );
