/** Counters of a fake model server since its start or the last reset. */
export interface FakeStats {
  /** Requests to /v1/chat/completions. */
  readonly total: number;
  /** Answers by HTTP status; `dropped` and `aborted` (by the client) are no statuses but stand here too. */
  readonly byStatus: Readonly<Record<string, number>>;
  readonly inFlight: number;
  readonly maxInFlight: number;
  /** Sum over all accepted requests of the time they were in flight, ms. */
  readonly busyMs: number;
  /** From the first accepted request to the last answer, or to now while some are in flight. */
  readonly elapsedMs: number;
  /** busyMs / (elapsedMs * capacity); capacity is the option, or the query parameter of /stats. */
  readonly usedShare: number | undefined;
  /** Different request bodies. */
  readonly distinct: number;
  /** Answers with status 200 beyond the first to the same request body: what was paid twice. */
  readonly repeatedOk: number;
}

/** Times a request body was seen, and how often it was answered with 200. */
export interface KeyCounts {
  attempts: number;
  answered: number;
}

/** Counts what a fake server does. Every time is performance.now() in ms. */
export interface StatsBook {
  /** Returns how often this body was seen before; the key '' is not remembered, and counts all requests. */
  seen(key: string): number;
  enter(): void;
  /** End of an accepted request. */
  leave(): void;
  outcome(status: string, key: string): void;
  keys(): ReadonlyMap<string, KeyCounts>;
  read(capacity?: number): FakeStats;
  reset(): void;
  inFlight(): number;
}

export function createStatsBook(): StatsBook {
  const keys = new Map<string, KeyCounts>();
  const byStatus: Record<string, number> = {};
  const count = { total: 0, maxInFlight: 0, repeatedOk: 0 };
  const clock = { inFlight: 0, busyMs: 0, changedAt: 0, firstAt: undefined as number | undefined, lastAt: 0 };

  const advance = (): number => {
    const now = performance.now();
    clock.busyMs += clock.inFlight * (now - clock.changedAt);
    clock.changedAt = now;
    return now;
  };
  return {
    seen(key) {
      count.total += 1;
      if (key === '') return count.total - 1;
      const entry = keys.get(key);
      if (entry) return entry.attempts++;
      keys.set(key, { attempts: 1, answered: 0 });
      return 0;
    },
    enter() {
      const now = advance();
      clock.firstAt ??= now;
      clock.inFlight += 1;
      count.maxInFlight = Math.max(count.maxInFlight, clock.inFlight);
    },
    leave() {
      clock.lastAt = advance();
      clock.inFlight -= 1;
    },
    outcome(status, key) {
      byStatus[status] = (byStatus[status] ?? 0) + 1;
      const entry = keys.get(key);
      if (status === '200' && entry && entry.answered++ > 0) count.repeatedOk += 1;
    },
    keys: () => keys,
    inFlight: () => clock.inFlight,
    read(capacity) {
      const now = advance();
      const elapsedMs = clock.firstAt === undefined ? 0 : (clock.inFlight > 0 ? now : clock.lastAt) - clock.firstAt;
      const usedShare = capacity && elapsedMs > 0 ? clock.busyMs / (elapsedMs * capacity) : undefined;
      const { inFlight, busyMs } = clock;
      return { ...count, byStatus: { ...byStatus }, inFlight, busyMs, elapsedMs, usedShare, distinct: keys.size };
    },
    reset() {
      advance();
      keys.clear();
      for (const status of Object.keys(byStatus)) delete byStatus[status];
      Object.assign(count, { total: 0, maxInFlight: clock.inFlight, repeatedOk: 0 });
      Object.assign(clock, { busyMs: 0, firstAt: undefined, lastAt: 0 });
    },
  };
}
