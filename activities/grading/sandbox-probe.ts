import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { packageRoot } from '../../config/package-root.js';
import type { SandboxLimits } from './sandbox-command.js';
import type { SandboxOutcome } from './sandbox-outcome.js';

/** Tries to get out in every way that has a short answer, and prints which ones worked. */
export const probeProgram = (): string =>
  readFileSync(join(packageRoot(), 'infra', 'grading', 'sandbox_probe.py'), 'utf8');

/** Generous in time: a probe that fails because the machine is busy would leave code ungraded for the life of the worker. */
export const PROBE_LIMITS: Partial<SandboxLimits> = { cpuSeconds: 20, wallMs: 60_000 };

const Probe = z.object({ escapes: z.array(z.string()) });

/** Why the sandbox that ran the probe is none, for people; undefined when every way out was shut. */
export function faultOfProbe(outcome: SandboxOutcome): string | undefined {
  if (outcome.kind === 'unavailable') return outcome.reason;
  if (outcome.kind !== 'exited' || outcome.exitCode !== 0)
    return `the probe of the sandbox ended with ${outcome.kind}: ${outcome.stderr.trim().split('\n').at(-1) ?? ''}`;
  const { escapes } = Probe.parse(JSON.parse(outcome.stdout));
  return escapes.length === 0 ? undefined : `a probe got out of the sandbox: ${escapes.join(', ')}`;
}
