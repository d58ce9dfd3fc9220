import { PassThrough, type Readable } from 'node:stream';

/** Turns whatever a driver's library throws into what the port promises. */
export type MapError = (error: unknown) => unknown;

/** The result of the work, failing with what `map` makes of an error. */
export async function mapErrors<Result>(map: MapError, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw map(error);
  }
}

/** The same bytes, failing with what `map` makes of an error. Destroying the result, also before it was read, releases the source. */
export function mapStreamErrors(map: MapError, source: Readable): Readable {
  const result = new PassThrough();
  source.once('error', (error) => result.destroy(map(error) as Error));
  result.once('close', () => source.destroy());
  return source.pipe(result);
}
