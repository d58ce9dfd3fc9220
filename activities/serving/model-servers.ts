import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import type { JobRef } from '../jobs/job-launcher.js';
import { lossOf } from './judge-server.js';
import type { ModelToServe, ServedModel } from './served-model.js';
import { serverJobName } from './server-folder.js';
import {
  answersAt,
  endedServer,
  endServer,
  pause,
  placeOf,
  pollPatiently,
  renewLease,
  type Report,
  type ServerPlace,
  type ServingDependencies,
} from './server-place.js';
import { ServingLost } from './serving-error.js';
import { startServer, type StartOptions } from './start-server.js';

/** Servers of models as jobs. Every verb may be called again, by another worker too. */
export interface ModelServers {
  /**
   * The endpoint of a model: of the job that serves it for that owner, which is started unless it runs. Throws ServingFailed, ServingLost (that job
   * has ended: another owner is needed), what the launcher throws, and the signal's reason.
   */
  start(toServe: ModelToServe, options: StartOptions): Promise<ServedModel>;
  /** Keeps a server until it was stopped, or throws the signal's reason; throws ServingLost as soon as the server is gone for another reason. */
  hold(served: ServedModel, options: Omit<StartOptions, 'isUnwanted'>): Promise<void>;
  /** Ends a server and waits until nothing of it is left. */
  stop(served: ServedModel, options: Pick<StartOptions, 'report'>): Promise<void>;
}

export function createModelServers(dependencies: ServingDependencies): ModelServers {
  return {
    start: (toServe, options) =>
      startServer(placeOf(dependencies, toServe.server, serverJobName(toServe)), toServe, options),
    hold: (served, options) => hold(placeOf(dependencies, served.server, served.job.name), served, options),
    stop: ({ server, job }, { report }) => stop(placeOf(dependencies, server, job.name), job, report),
  };
}

async function stop(place: ServerPlace, job: JobRef, report: Report): Promise<void> {
  await mkdir(place.folder.path, { recursive: true });
  await writeFile(place.folder.stopped, '');
  await endServer(place, job, report);
}

async function hold(
  place: ServerPlace,
  { job, model, server, url }: ServedModel,
  { report, signal }: { readonly report: Report; readonly signal: AbortSignal },
): Promise<void> {
  const { beatMs, silentMs, probeMs } = place.times;
  let wellAt = performance.now();
  for (;;) {
    await renewLease(place);
    const status = await pollPatiently(place, job);
    // Told to stop holding a moment after the server was told to end.
    if (status?.state === 'ended' && existsSync(place.folder.stopped)) return;
    if (status?.state === 'ended') throw lossOf(await endedServer(place, { job, model }, status.end));
    if (status?.state === 'absent')
      throw new ServingLost(`Job ${job.name}, which served ${model}, is not there any more.`);
    if (await answersAt(url, probeMs)) wellAt = performance.now();
    else if (performance.now() - wellAt > silentMs)
      throw new ServingLost(`Server ${server} of ${model} at ${url} has not answered for ${silentMs / 1000} s.`);
    report({ job: job.name, state: 'serving' });
    await pause(beatMs, signal);
  }
}
