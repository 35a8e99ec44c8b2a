/** Which rendition to fetch next. The estimate of the connection is hls.js's own. */
import { isFlac } from "./layout.ts";
import type { QualityChoice, Rendition } from "./types.ts";

const KBITS = { low: 64, normal: 128, high: 256 } as const;

export interface Situation {
  choice: QualityChoice;
  /** Bits per second that the connection seems to carry. */
  estimate: number;
  /** Seconds that stand ready. */
  ahead: number;
  saver: boolean;
  /** Names of renditions that have vanished. */
  gone: ReadonlySet<string>;
  /** What was fetched last. */
  last: Rendition | null;
}

const byRate = (a: Rendition, b: Rendition): number => a.bandwidth - b.bandwidth;

/** The best rendition for the moment, null when none is left. */
export function choose(renditions: readonly Rendition[], now: Situation): Rendition | null {
  const left = renditions.filter((one) => !now.gone.has(one.name)).sort(byRate);
  const aac = left.filter((one) => !isFlac(one));
  const flac = left.filter(isFlac);
  if (now.choice === "lossless" || now.choice === "hires" || !aac.length) {
    const wanted = now.choice === "hires" ? flac.at(-1) : flac[0];
    if (wanted && (!aac.length || carries(wanted, now))) return wanted;
    return adapt(aac, now) ?? null;
  }
  return now.choice === "auto" ? adapt(aac, now) : nearest(aac, KBITS[now.choice] * 1000);
}

/** Lossless goes on while it keeps up, and starts again only with room to spare. */
function carries(flac: Rendition, { estimate, ahead, last }: Situation): boolean {
  if (last === null || isFlac(last)) return ahead > 6 || last === null || estimate > flac.average_bandwidth;
  return estimate > 1.4 * flac.average_bandwidth;
}

function adapt(aac: readonly Rendition[], { estimate, ahead, saver }: Situation): Rendition | null {
  if (saver) return aac[0] ?? null;
  const trust = ahead > 12 ? 0.9 : ahead > 4 ? 0.7 : 0.5;
  return aac.findLast((one) => one.bandwidth <= estimate * trust) ?? aac[0] ?? null;
}

function nearest(aac: readonly Rendition[], wanted: number): Rendition {
  const off = (one: Rendition): number => Math.abs(one.average_bandwidth - wanted);
  return aac.reduce((a, b) => (off(b) < off(a) ? b : a));
}
