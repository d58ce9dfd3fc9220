import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { packageRoot } from '../../config/package-root.js';
import { createFileStore } from '../../activities/store/file-store.js';
import { build, recipeOf, SHARDS } from '../fakes/dataset-build.js';
import { createHubUploads, type HubUploads } from '../fakes/hub-uploads.js';
import { startFakeHub, type FakeHub } from '../fakes/hub.js';

export const TOKEN = 'hf_token-of-the-lab';
export const REPOSITORY = 'lab/sums';

/** A published version in a store of its own, and a fake Hub. */
export interface PublishStory {
  readonly hub: FakeHub;
  readonly uploads: HubUploads;
  /** The compiled command as a process of its own; killed when `killedBy` says so. */
  publish(options?: { readonly killedBy?: (kill: () => void) => void }): Promise<Published>;
  close(): Promise<void>;
}

export interface Published {
  /** null: killed. */
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export async function startPublishStory(directory: string): Promise<PublishStory> {
  const recipe = recipeOf();
  await build({
    store: createFileStore(join(directory, 'store')),
    temporaryDirectory: directory,
    shards: SHARDS,
    recipe: { ...recipe, recipe: { ...recipe.recipe, output: { questionsPerFile: 1 } } },
  });
  const uploads = createHubUploads();
  const hub = await startFakeHub({ tokens: { [TOKEN]: 'owner' }, routes: uploads.routes, pageSize: 100 });
  const deployment = join(directory, 'deployment.yaml');
  const lab = { kind: 'hub', hubUrl: hub.url, tokenEnv: 'LAB_TOKEN' };
  writeFileSync(
    deployment,
    stringify({ store: { kind: 'file', directory: 'store' }, pools: {}, publishTargets: { lab } }),
  );

  const publish: PublishStory['publish'] = ({ killedBy } = {}) =>
    new Promise((resolve) => {
      const cli = join(packageRoot(), 'dist', 'workers', 'cli.js');
      const args = [cli, 'publish', 'sums', '--to', `lab:${REPOSITORY}`, '--deployment', deployment];
      // Killed ones leave their files behind.
      const child = spawn(process.execPath, args, { env: { ...process.env, LAB_TOKEN: TOKEN, TMPDIR: directory } });
      let [out, err] = ['', ''];
      child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
      child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
      child.on('close', (code) => resolve({ code, out, err }));
      killedBy?.(() => child.kill('SIGKILL'));
    });
  return { hub, uploads, publish, close: () => hub.close() };
}

/** Requests from the n-th on, one line each; runs of equal ones as one. */
export function requestLog({ requests }: FakeHub, from = 0): string[] {
  const lines: { text: string; times: number }[] = [];
  for (const { method, path, status } of requests.slice(from)) {
    const text = `${method.padEnd(4)} ${path.replace(/[0-9a-f]{40,64}/g, (hash) => `${hash.slice(0, 8)}..`).replace(/^(\/storage\/).*/, '$1..')} ${status === 0 ? 'no answer' : status}`;
    const last = lines.at(-1);
    if (last?.text === text) last.times += 1;
    else lines.push({ text, times: 1 });
  }
  return lines.map(({ text, times }) => (times === 1 ? text : `${text} (${times} times)`));
}
