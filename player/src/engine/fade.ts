/** Volume over time: crossfades of equal power, and the sleep timer's last seconds. */
import { continues, type Entry, type Queue } from "./queue.ts";

const STEP_MS = 10;

/** Seconds to cross over into the next track; 0 where it must not be. */
export function crossfade(queue: Queue, next: Entry | null, seconds: number): number {
  const track = queue.current?.track;
  if (!seconds || !track || !next || queue.repeat === "one" || continues(queue, next)) return 0;
  return Math.min(track.seconds, next.track.seconds) < 2 * seconds ? 0 : seconds;
}

/** Share of the volume at a point of a fade, 0 to 1: the sum of powers stays the same. */
export const rising = (at: number): number => Math.sin((Math.min(1, Math.max(0, at)) * Math.PI) / 2);
export const falling = (at: number): number => rising(1 - at);

/** Calls `apply` with 0 to 1 over so many milliseconds; the answer stops it. */
export function ramp(milliseconds: number, apply: (at: number) => void, done: () => void): () => void {
  const begun = performance.now();
  const timer = setInterval(() => {
    const at = Math.min(1, (performance.now() - begun) / milliseconds);
    apply(at);
    if (at < 1) return;
    clearInterval(timer);
    done();
  }, STEP_MS);
  apply(0);
  return () => clearInterval(timer);
}
