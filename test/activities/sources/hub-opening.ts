import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { hubInput } from '../../../activities/sources/hub-input.js';
import type { DatasetFiles, InputFile } from '../../../activities/sources/source-input.js';
import { fakeFile, startFakeHub, type FakeHub } from '../../fakes/hub.js';

export const OWNER = 'hf_owner-of-everything';
export const VISITOR = 'hf_visitor';
export const QUICK = { attempts: 3, firstWaitMs: 1 };
export const NAME = 'someone/sums';

export const sha256 = (bytes: string | Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** Bytes that differ at every place, so that a part in the wrong place shows. */
function bytesOf(length: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(length / 32) }, (_block, index) => sha256(String(index)));
  return Buffer.from(blocks.join(''), 'hex').subarray(0, length);
}

export const large = bytesOf(1_500_000);
export const files = {
  'README.md': fakeFile('# Sums'),
  'data/train-00000-of-00002.parquet': fakeFile(large, true),
  'data/train-00001-of-00002.parquet': fakeFile(bytesOf(200_000), true),
  'data/test-00000-of-00001.parquet': fakeFile(bytesOf(1000), true),
  'data/extra/train-0.parquet': fakeFile(bytesOf(10), true),
  'data/odd name+100%.jsonl': fakeFile('{"question":"odd"}\n'),
  'empty.jsonl': fakeFile(''),
};

/** A fake Hub with one public dataset of {@link files}. */
export async function startHub(): Promise<FakeHub> {
  const hub = await startFakeHub({ tokens: { [OWNER]: 'owner', [VISITOR]: 'visitor' } });
  hub.addDataset(NAME, files);
  return hub;
}

export interface Opening {
  readonly dataset?: string;
  readonly revision?: string;
  readonly token?: string;
  /** Where downloaded files are kept. */
  readonly directory?: string;
}

export function open(hub: FakeHub, opening: Opening = {}): Promise<DatasetFiles> {
  const { dataset = NAME, revision = 'main', token, directory } = opening;
  const config = {
    kind: 'hub' as const,
    hubUrl: `${hub.url}/`,
    ...(token !== undefined && { tokenEnv: 'HUB_TOKEN' }),
    ...(directory !== undefined && { directory }),
  };
  const input = hubInput('hub', config, { environment: { HUB_TOKEN: token }, patience: QUICK });
  return input.dataset?.(dataset, revision) ?? Promise.reject(new Error('expected an input of the Hub'));
}

export async function fileAt(hub: FakeHub, path: string, opening: Opening = {}): Promise<InputFile> {
  const [file] = await (await open(hub, opening)).files(path);
  return file ?? Promise.reject(new Error('expected a file'));
}

export const read = async (file: InputFile): Promise<Buffer> => buffer(await file.open());

export const errorOf = (attempt: Promise<unknown>): Promise<Error> =>
  attempt.then(
    () => Promise.reject(new Error('expected an error')),
    (error: unknown) => error as Error,
  );
