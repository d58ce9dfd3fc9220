import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { Deployment } from '../../config/deployment.js';
import { endJob } from '../jobs/follow-job.js';
import { JobLauncherError, type JobEnd, type JobRef, type JobStatus } from '../jobs/job-launcher.js';
import type { Launchers, OpenLauncher } from '../jobs/open-launchers.js';
import { readJsonFile } from '../local-files.js';
import type { EndedServer } from './judge-server.js';
import { serverFolder, type ServerFolder } from './server-folder.js';
import type { ServerSetting, ServingPrograms } from './server-job.js';
import { ServingFailed } from './serving-error.js';

const DEFAULT_TIMES: ServingTimes = { beatMs: 2_000, probeMs: 10_000, unreachableMs: 60_000, silentMs: 300_000 };
/** Looks, and so renewals, that fit into one lease: none of them may last as long as it. */
const LOOKS_PER_LEASE = 5;

export interface ServingDependencies {
  readonly launchers: Launchers;
  readonly deployment: Pick<Deployment, 'launchers' | 'servers'>;
  readonly programs: ServingPrograms;
  readonly times?: Partial<ServingTimes>;
}

/** All in ms. [ours] */
export interface ServingTimes {
  /** Between two looks at a job, and two renewals of its lease. */
  readonly beatMs: number;
  /** Longest wait for one answer to the question whether it is there. */
  readonly probeMs: number;
  /** A server that answers on its own machine, and not to this worker, for so long listens where this worker can't reach it. */
  readonly unreachableMs: number;
  /** A server that says nothing for so long is gone, though its job runs; shorter silences come from much work. */
  readonly silentMs: number;
}

/** What one look at a server saw: shown as progress. */
export interface ServingState {
  readonly job: string;
  readonly state: 'converting' | 'queued' | 'starting' | 'serving' | 'ending';
}

export type Report = (state: ServingState) => void;

/** Everything that the verbs need of one server. */
export interface ServerPlace {
  readonly setting: ServerSetting;
  readonly launcher: OpenLauncher;
  readonly folder: ServerFolder;
  readonly times: ServingTimes;
}

/** Throws ServingFailed for a server that the deployment does not have, or what the launchers throw. */
export function placeOf(dependencies: ServingDependencies, server: string, job: string): ServerPlace {
  const { launchers, deployment, programs, times } = dependencies;
  const config = deployment.servers[server];
  if (!config)
    throw new ServingFailed(
      `Server "${server}" is not in the deployment file; it has: ${Object.keys(deployment.servers).sort().join(', ') || 'none'}.`,
    );
  const launcher = launchers.get(config.launcher);
  const launcherKind = deployment.launchers[config.launcher]?.kind ?? 'process';
  return {
    setting: { name: server, config, launcherKind, programs },
    launcher,
    folder: serverFolder(launcher.workDirectory, job),
    times: boundedBy(config.leaseMs / LOOKS_PER_LEASE, { ...DEFAULT_TIMES, ...times }),
  };
}

const boundedBy = (lookMs: number, times: ServingTimes): ServingTimes => ({
  ...times,
  beatMs: Math.min(times.beatMs, lookMs),
  probeMs: Math.min(times.probeMs, lookMs),
});

/** State of a job; undefined: the job system does not answer now, and a server that runs needs it for nothing. */
export async function pollPatiently({ launcher }: ServerPlace, job: JobRef): Promise<JobStatus | undefined> {
  try {
    return await launcher.jobs.poll(job);
  } catch (error) {
    if (error instanceof JobLauncherError && error.retryable) return undefined;
    throw error;
  }
}

/** Makes the job of a server end and waits until it has. */
export const endServer = ({ launcher, times }: ServerPlace, job: JobRef, report: Report): Promise<void> =>
  endJob(launcher.jobs, job, {
    pollMs: times.beatMs / 4,
    onPoll: () => report({ job: job.name, state: 'ending' }),
  });

/** Waits, or throws the signal's reason. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
  signal.throwIfAborted();
}

/** What is told of a server that has ended. */
export async function endedServer(
  { launcher, setting }: ServerPlace,
  { job, model }: { readonly job: JobRef; readonly model: string },
  end: JobEnd,
): Promise<EndedServer> {
  const { text: log } = await launcher.jobs.logs(job, 'tail');
  return { model, server: setting.name, job: job.name, end, log };
}

/** Every content is another: the server sees that it changes, whatever its clock says. */
export const renewLease = ({ folder }: ServerPlace): Promise<void> => writeFile(folder.lease, `${randomUUID()}\n`);

const Endpoint = z.object({ url: z.string() });

/** Base URL of a server that answers on its own machine, or undefined while it does not. */
export const readUrl = async ({ folder }: ServerPlace): Promise<string | undefined> =>
  (await readJsonFile(folder.endpoint, Endpoint))?.url;

/** Whether somebody answers there; what does not matter: whether the model is loaded was found out beside it. */
export async function answersAt(url: string, timeoutMs: number): Promise<boolean> {
  try {
    const response = await fetch(`${url}/models`, { signal: AbortSignal.timeout(timeoutMs) });
    await response.arrayBuffer();
    return true;
  } catch {
    return false;
  }
}
