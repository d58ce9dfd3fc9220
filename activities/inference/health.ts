/**
 * Whether an endpoint gets calls [ours]. It is taken out after {@link FAILURES} failures in a row, or {@link CONNECT_FAILURES} refused or
 * unreachable connections; then a cheap probe asks for it after 1 s, 2 s, 4 s ... up to {@link MAX_PROBE_DELAY_MS}, each up to a fifth longer or
 * shorter. A probe that is answered brings it back on probation: one more failure and it is out again, with the delay where it was; a call
 * that is answered ends the probation.
 */
export interface HealthState {
  readonly healthy: boolean;
  /** Back after a probe, and no call answered yet. */
  readonly probation: boolean;
  readonly failures: number;
  readonly connectFailures: number;
  /** Probes without an answer, and relapses, since the last answered call. */
  readonly attempts: number;
  /** Time of the next probe, ms; only while out. */
  readonly nextProbeAt: number;
}

export interface Failure {
  readonly now: number;
  /** The connection could not be made. */
  readonly connect: boolean;
  /** A random number in [0, 1). */
  readonly jitter: number;
}

export const FAILURES = 5;
export const CONNECT_FAILURES = 2;
export const FIRST_PROBE_DELAY_MS = 1_000;
export const MAX_PROBE_DELAY_MS = 30_000;

export const initialHealth: HealthState = {
  healthy: true,
  probation: false,
  failures: 0,
  connectFailures: 0,
  attempts: 0,
  nextProbeAt: 0,
};

/** Any answer that shows a working server: a completion, a refusal for load, a complaint about the request. */
export function onAlive(state: HealthState): HealthState {
  return state.healthy && state.failures === 0 && !state.probation && state.attempts === 0 ? state : initialHealth;
}

/** 5xx, timeouts, resets, garbage. Failures of calls that were sent before the endpoint was taken out change nothing. */
export function onFailure(state: HealthState, failure: Failure): HealthState {
  if (!state.healthy) return state;
  const failures = state.failures + 1;
  const connectFailures = failure.connect ? state.connectFailures + 1 : 0;
  const out = state.probation || failures >= FAILURES || connectFailures >= CONNECT_FAILURES;
  return out ? takenOut(state, failure) : { ...state, failures, connectFailures };
}

export function onProbeAnswered(state: HealthState): HealthState {
  return state.healthy ? state : { ...state, healthy: true, probation: true, failures: 0, connectFailures: 0 };
}

export function onProbeFailed(state: HealthState, failure: Omit<Failure, 'connect'>): HealthState {
  return state.healthy ? state : takenOut(state, failure);
}

function takenOut(state: HealthState, { now, jitter }: Omit<Failure, 'connect'>): HealthState {
  const delayMs = Math.min(MAX_PROBE_DELAY_MS, FIRST_PROBE_DELAY_MS * 2 ** state.attempts) * (0.8 + 0.4 * jitter);
  return { ...initialHealth, healthy: false, attempts: state.attempts + 1, nextProbeAt: now + delayMs };
}
