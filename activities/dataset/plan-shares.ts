/** A source as the allocation sees it. */
export interface ShareClaim {
  readonly weight: number;
  /** Questions it has. */
  readonly available: number;
}

/**
 * Shares a total out by weight. A source that has less than its share gives all it has, and what it leaves flows to the others by their
 * weights; the rest is rounded by largest remainder, the earlier source first among equals [ours]. The shares add up to the total, or to all
 * that there is. Depends on nothing but its input.
 */
export function shareOut(claims: readonly ShareClaim[], total: number): number[] {
  const exhausted = exhaustedSources(claims, total);
  const taken = sum(claims.filter((_claim, index) => exhausted.has(index)).map((claim) => claim.available));
  const open = claims.flatMap((claim, index) => (exhausted.has(index) ? [] : [{ ...claim, index }]));
  const rounded = largestRemainder(
    open.map((claim) => claim.weight),
    total - taken,
  );
  const shares = claims.map((claim, index) => (exhausted.has(index) ? claim.available : 0));
  open.forEach((claim, position) => {
    shares[claim.index] = rounded[position] ?? 0;
  });
  return shares;
}

/** Sources whose weight entitles them to all they have. Each one found raises the others' shares, so the search repeats until none is added. */
function exhaustedSources(claims: readonly ShareClaim[], total: number): Set<number> {
  const exhausted = new Set<number>();
  for (;;) {
    const open = claims.flatMap((claim, index) => (exhausted.has(index) ? [] : [{ ...claim, index }]));
    const left = total - sum([...exhausted].map((index) => claims[index]?.available ?? 0));
    const weights = sum(open.map((claim) => claim.weight));
    const full = open.filter((claim) => claim.available <= (left * claim.weight) / weights);
    if (full.length === 0) return exhausted;
    for (const claim of full) exhausted.add(claim.index);
  }
}

function largestRemainder(weights: readonly number[], total: number): number[] {
  const all = sum(weights);
  const exact = weights.map((weight) => (total * weight) / all);
  const shares = exact.map(Math.floor);
  const byRemainder = exact
    .map((share, index) => ({ index, remainder: share - Math.floor(share) }))
    .sort((a, b) => b.remainder - a.remainder || a.index - b.index);
  for (const { index } of byRemainder.slice(0, total - sum(shares))) shares[index] = (shares[index] ?? 0) + 1;
  return shares;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
