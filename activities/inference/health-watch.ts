import { initialHealth, onAlive, onFailure, onProbeAnswered, onProbeFailed, type HealthState } from './health.js';
import type { Transport } from './transport.js';

/** Keeps the health of one endpoint, and probes it while it is out. */
export interface HealthWatch {
  readonly state: () => HealthState;
  readonly alive: () => void;
  readonly failed: (failure: { readonly connect: boolean }) => void;
  readonly close: () => void;
}

const PROBE_TIMEOUT_MS = 10_000;

/**
 * The probe is GET /models, and any answer but a server fault shows a working server: no call is risked on an endpoint that may hang.
 * `onBack` is called when a probe has brought the endpoint back.
 */
export function createHealthWatch(
  transport: Pick<Transport, 'models'>,
  options: { readonly now: () => number; readonly onBack: () => void },
): HealthWatch {
  const { now } = options;
  let state = initialHealth;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  function scheduleProbe(): void {
    if (closed) return;
    timer = setTimeout(() => void probe(), Math.max(0, state.nextProbeAt - now()));
    timer.unref();
  }

  async function probe(): Promise<void> {
    const answer = await transport.models(PROBE_TIMEOUT_MS);
    if (state.healthy || closed) return;
    const failed = 'kind' in answer && answer.kind === 'failed';
    state = failed ? onProbeFailed(state, { now: now(), jitter: Math.random() }) : onProbeAnswered(state);
    if (failed) scheduleProbe();
    else options.onBack();
  }

  return {
    state: () => state,
    alive: () => {
      state = onAlive(state);
    },
    failed: ({ connect }) => {
      const wasHealthy = state.healthy;
      state = onFailure(state, { now: now(), connect, jitter: Math.random() });
      if (wasHealthy && !state.healthy) scheduleProbe();
    },
    close: () => {
      closed = true;
      clearTimeout(timer);
    },
  };
}
