import { createHash } from 'node:crypto';
import { cpus } from 'node:os';

/** What the figures were measured on. Two machines' figures compare as their calibrations do. */
export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly node: string;
  /** CPU time of a fixed piece of JSON and sha256 work on one core, ms: the median of several. */
  readonly calibrationMs: number;
}

const REPETITIONS = 5;
const ROUNDS = 5_000;

/** Describes this machine; about three seconds of work. */
export function describeMachine(): Machine {
  const processors = cpus();
  return {
    processor: processors[0]?.model ?? 'unknown',
    cores: processors.length,
    node: process.version,
    calibrationMs: calibrate(),
  };
}

/** CPU time rather than wall time, so that what else runs on the machine counts little. */
export function calibrate(): number {
  const times = Array.from({ length: REPETITIONS }, () => {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1_000;
  });
  return times.sort((a, b) => a - b)[REPETITIONS >> 1] ?? 0;
}

/** What a call costs most of: a body of 20 KB written, read and hashed. */
function work(): void {
  const steps = Array.from({ length: 200 }, (_, index) => ({
    index,
    text: `Step ${index}: one operation is worked out, then it is checked from the other side, and "it holds".`,
  }));
  let digest = '';
  for (let round = 0; round < ROUNDS; round += 1) {
    const text = JSON.stringify({ digest, steps });
    const { steps: read } = JSON.parse(text) as { steps: readonly object[] };
    digest = createHash('sha256').update(text).update(String(read.length)).digest('hex');
  }
}
