/** Calls that wait for a slot, in order; those that were refused stand before all others, in their own order. */
export interface WaitingLine<T> {
  readonly size: () => number;
  /** Joins at the end, or before everyone who was never refused. Returns how to leave without being served. */
  join(item: T, options: { readonly refused: boolean }): () => void;
  next(): T | undefined;
  /** Empties the line. */
  drain(): T[];
}

export function createWaitingLine<T>(): WaitingLine<T> {
  // A Set keeps the order of joining, and leaving from its middle is cheap.
  const refused = new Set<{ readonly item: T }>();
  const fresh = new Set<{ readonly item: T }>();

  function next(): T | undefined {
    for (const lane of [refused, fresh]) {
      for (const place of lane) {
        lane.delete(place);
        return place.item;
      }
    }
    return undefined;
  }
  return {
    size: () => refused.size + fresh.size,
    join(item, options) {
      const place = { item };
      const lane = options.refused ? refused : fresh;
      lane.add(place);
      return () => void lane.delete(place);
    },
    next,
    drain() {
      const items = [...refused, ...fresh].map((place) => place.item);
      refused.clear();
      fresh.clear();
      return items;
    },
  };
}
