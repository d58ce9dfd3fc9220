import type { JobRef, JobSpec } from '../jobs/job-launcher.js';
import { writeJsonFile } from '../local-files.js';
import { ggufOf } from './gguf.js';
import { startFailure } from './judge-server.js';
import type { ModelToServe, ServedModel } from './served-model.js';
import { linkModel, makeGgufFolder, makeServerFolder, serverJobName } from './server-folder.js';
import { checkpointDirectory, convertJob, serverJob, serveSettings } from './server-job.js';
import {
  answersAt,
  endedServer,
  endServer,
  pause,
  pollPatiently,
  readUrl,
  renewLease,
  type Report,
  type ServerPlace,
} from './server-place.js';
import { ServingFailed } from './serving-error.js';

const OWN_DIGITS = 8;

export interface StartOptions {
  /** Called at every look. */
  readonly report: Report;
  /** Aborted: the signal's reason is thrown. */
  readonly signal: AbortSignal;
  /** Asked when the signal is aborted. true: the job is ended first; false: it is left to the next attempt. */
  readonly isUnwanted: () => boolean;
}

/** Starts the server of a wish unless it runs, and waits until it answers. Throws as {@link ModelServers.start} does. */
export async function startServer(
  place: ServerPlace,
  toServe: ModelToServe,
  options: StartOptions,
): Promise<ServedModel> {
  const { launcher, folder, setting } = place;
  await makeServerFolder(folder);
  const model = await modelPath(place, toServe, options);
  const settings = serveSettings(setting, { toServe, folder, model });
  await writeJsonFile(folder.config, settings);
  await renewLease(place);
  const spec = { ...serverJob(setting, folder), name: serverJobName(toServe) };
  const job = await launcher.jobs.submit(spec);
  try {
    const url = await untilAnswered(place, { job, spec, model: toServe.model }, options);
    return { launcher: launcher.name, server: setting.name, job, url, model: toServe.model };
  } catch (error) {
    const isOver = error instanceof ServingFailed || (options.signal.aborted && options.isUnwanted());
    // What passes is left to the next attempt, and if none comes, to the lease.
    if (isOver) await endServer(place, job, options.report);
    throw error;
  }
}

/** What stands for {model}: the GGUF file, the directory, or the name on the Hub. */
async function modelPath(
  { setting, launcher, folder, times }: ServerPlace,
  toServe: ModelToServe,
  { report, signal, isUnwanted }: StartOptions,
): Promise<string> {
  const { checkpoint, model } = toServe;
  if (setting.config.kind === 'llama') {
    const converting = await makeGgufFolder(launcher.workDirectory);
    const conversion = {
      ...{ launcher, model, folder: converting.path },
      directory: checkpointDirectory(toServe),
      job: (gguf: string) => convertJob(setting, { toServe, folder: converting, gguf }),
      own: serverJobName(toServe).slice(-OWN_DIGITS),
    };
    const unwanted = new AbortController();
    const onPoll = ({ name }: JobRef): void => {
      report({ job: name, state: 'converting' });
      if (signal.aborted && isUnwanted()) unwanted.abort(signal.reason);
      // Left at work for the next attempt.
      else signal.throwIfAborted();
    };
    return ggufOf(conversion, { signal: unwanted.signal, onPoll, pollMs: times.beatMs / 4 });
  }
  if ('hub' in checkpoint) return checkpoint.hub;
  await linkModel(folder, model, checkpoint.directory);
  return checkpoint.directory;
}

interface Starting {
  readonly job: JobRef;
  readonly spec: JobSpec;
  readonly model: string;
}

async function untilAnswered(
  place: ServerPlace,
  { job, spec, model }: Starting,
  { report, signal }: StartOptions,
): Promise<string> {
  let answeredThereAt: number | undefined;
  for (;;) {
    await renewLease(place);
    const status = await pollPatiently(place, job);
    if (status?.state === 'ended') throw startFailure(await endedServer(place, { job, model }, status.end));
    // Submitted by a process that died there and then: doing it again starts it once.
    if (status?.state === 'absent') await place.launcher.jobs.submit(spec);
    report({ job: job.name, state: status?.state === 'queued' ? 'queued' : 'starting' });
    const url = await readUrl(place);
    if (url !== undefined && (await answersAt(url, place.times.probeMs))) return url;
    if (url !== undefined) answeredThereAt ??= performance.now();
    if (url !== undefined && performance.now() - (answeredThereAt ?? 0) > place.times.unreachableMs)
      throw unreachable(place.setting.name, url);
    await pause(place.times.beatMs / 2, signal);
  }
}

const unreachable = (server: string, url: string): ServingFailed =>
  new ServingFailed(
    `Server ${server} answers at ${url} on its own machine, and this worker gets no answer from there. Set "host" of the server to an address that workers reach ("0.0.0.0": every one of its machine), and run again under the same name.`,
  );
