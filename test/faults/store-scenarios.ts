import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectClient } from '../../workers/connection.js';
import { failureMessage, startRun } from '../../workers/run-client.js';
import { fakeRecipe } from '../support/system.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { ledgerKeys } from './ledger-view.js';
import { readPublished, type Published } from './published.js';
import { answersIn } from './request-log.js';
import { startRig, startServers } from './rig.js';

export interface StoreOutage {
  readonly published: Published;
  /** Answers with status 200 beyond one for each record: those that could not be written in time. */
  readonly paidTwice: number;
  readonly recordsLost: number;
  /** Answers while the store was down; no new call starts once its ledger look-up waits. */
  readonly answersDuring: number;
  readonly seconds: number;
}

const RECIPE = { name: 'faults', version: 'v1' };

/** (v) SeaweedFS is killed in the middle of a run and comes back after a while. */
export async function storeDown(scale: { readonly questions: number; readonly downMs: number }): Promise<StoreOutage> {
  const folder = temporaryDirectory('store-down');
  const servers = await startServers(folder.path);
  const client = await connectClient({ address: servers.temporalAddress, namespace: 'default' });
  const directory = join(folder.path, 'run');
  mkdirSync(directory);
  const options = { directory, prefix: 'store-down', questions: scale.questions, maxConcurrency: 64 };
  const rig = await startRig(servers, { ...options, model: { latency: 100 } });
  try {
    const startedAt = performance.now();
    const handle = await startRun(client, { run: 'store-down', recipe: fakeRecipe(RECIPE) });
    while (answersIn(rig.requestLog) < scale.questions * 5) await sleep(50);
    const known = await ledgerKeys(rig.store);
    await rig.parts.seaweedfs.kill();
    const before = answersIn(rig.requestLog);
    await sleep(scale.downMs);
    const answersDuring = answersIn(rig.requestLog) - before;
    await rig.parts.seaweedfs.start();
    await handle.result().catch((error: unknown) => {
      throw new Error(`the run failed: ${failureMessage(error)}`, { cause: error });
    });
    const seconds = (performance.now() - startedAt) / 1000;
    const keys = await ledgerKeys(rig.store);
    return {
      published: await readPublished(rig.store, RECIPE, join(directory, 'published')),
      paidTwice: answersIn(rig.requestLog) - keys.size,
      recordsLost: [...known].filter((key) => !keys.has(key)).length,
      answersDuring,
      seconds,
    };
  } finally {
    await rig.stop();
    await client.connection.close();
    await servers.stop();
    folder.remove();
  }
}
