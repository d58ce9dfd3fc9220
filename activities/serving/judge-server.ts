import type { JobEnd } from '../jobs/job-launcher.js';
import { endWords, lastLines } from '../jobs/job-words.js';
import { ServingFailed, ServingLost } from './serving-error.js';

/** What servers say when memory is missing: the job ends as `failed`. */
const OUT_OF_MEMORY =
  /OutOfMemoryError|CUDA out of memory|No available memory for the cache blocks|failed to allocate buffer|unable to allocate .* buffer|Cannot allocate memory|std::bad_alloc/i;

export interface EndedServer {
  readonly model: string;
  readonly server: string;
  readonly job: string;
  readonly end: JobEnd;
  /** The end of its output. */
  readonly log: string;
}

const ADVICE: Readonly<Record<JobEnd['reason'], string>> = {
  succeeded: 'its lease ran out, or somebody ended it',
  failed:
    'correct what its log says, or the command of the server in the deployment, and run again under the same name',
  cancelled: 'the job was cancelled outside of cotmill; run again under the same name',
  'out-of-memory':
    'give the server more memory or more GPUs, or a shorter context or fewer requests at once in its command, and run again under the same name',
  'time-limit': "raise the server's timeLimitMs and run again under the same name: what was answered is in the ledger",
  preempted: 'its machine was needed for something else',
  'node-lost': 'its machine was lost',
};

/** Ends that say nothing about the model: another start may do better. */
const LOST: readonly JobEnd['reason'][] = ['succeeded', 'preempted', 'node-lost', 'cancelled'];

/** What the end of a server means that had not answered yet. Pure. */
export function startFailure(ended: EndedServer): ServingFailed | ServingLost {
  const reason = reasonOf(ended);
  if (LOST.includes(reason))
    return new ServingLost(`Server ${ended.server} of ${ended.model} ended before it answered: ${told(ended, reason)}`);
  return new ServingFailed(
    `Server ${ended.server} of ${ended.model} did not start: ${told(ended, reason)}.${logText(ended.log)}`,
  );
}

/** What the end of a server means that had answered. One that crashed may be started again: how often is the workflow's to decide. Pure. */
export const lossOf = (ended: EndedServer): ServingLost =>
  new ServingLost(
    `Server ${ended.server} of ${ended.model} is gone: ${told(ended, reasonOf(ended))}.${logText(ended.log)}`,
  );

const reasonOf = ({ end, log }: EndedServer): JobEnd['reason'] =>
  end.reason === 'failed' && OUT_OF_MEMORY.test(log) ? 'out-of-memory' : end.reason;

const told = ({ job, end }: EndedServer, reason: JobEnd['reason']): string =>
  `${endWords(end, reason)}, job ${job}. What to do: ${ADVICE[reason]}`;

/** The end of a job's output, for a message. Pure. */
export function logText(log: string): string {
  const last = lastLines(log);
  return last === '' ? '' : `\nThe last lines of its output:\n${last}`;
}
