/**
 * Maps items with at most `limit` at work, and yields the results in the order of the items. A result that nobody has taken yet counts as
 * at work, so memory is bounded too. Throws the first error in the order of the items; by then nothing is at work any more.
 */
export async function* mapInOrder<Item, Result>(
  items: Iterable<Item>,
  limit: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const waiting: Promise<Result>[] = [];
  try {
    for (const item of items) {
      const result = work(item);
      // Its turn comes later; until then a rejection is not unhandled.
      result.catch(() => undefined);
      waiting.push(result);
      if (waiting.length >= limit) yield await (waiting.shift() as Promise<Result>);
    }
    while (waiting.length > 0) yield await (waiting.shift() as Promise<Result>);
  } finally {
    await Promise.allSettled(waiting);
  }
}
