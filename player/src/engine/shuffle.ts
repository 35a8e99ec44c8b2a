/** A stored, seeded order: the same seed gives the same order, so that what is shown is played. */

/** Mulberry32: a small generator of numbers in [0, 1). */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Fisher-Yates over a copy. */
export function shuffled<T>(items: readonly T[], seed: number): T[] {
  const out = [...items];
  const next = random(seed);
  for (let i = out.length - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1));
    [out[i], out[j]] = [out[j]!, out[i]!];
  }
  return out;
}

/** Moves equal neighbours apart where a later item allows it. */
export function spread<T>(items: readonly T[], key: (item: T) => string): T[] {
  const out = [...items];
  for (let i = 1; i < out.length; i++) {
    if (key(out[i]!) !== key(out[i - 1]!)) continue;
    const other = out.findIndex((item, at) => at > i && key(item) !== key(out[i - 1]!));
    if (other > 0) [out[i], out[other]] = [out[other]!, out[i]!];
  }
  return out;
}
