/** The tracks of one stream one behind the other, and what of them stands in the buffer. Pure. */
import type { Item } from "./deck.ts";
import { lengthOf } from "./layout.ts";
import type { Rendition } from "./types.ts";

export interface Placed {
  item: Item;
  /** Seconds on the time line. */
  start: number;
  end: number;
  /** Names of renditions that the server no longer has. */
  gone: Set<string>;
}

/** A segment in the buffer, as far as it was not cut away. */
export interface Filled {
  track: Placed;
  rendition: Rendition;
  from: number;
  to: number;
  bytes: number;
}

/** Seconds that the longest access unit may be: one that lies across an edge goes with it. */
const FRAME = 0.1;

export class Timeline {
  readonly tracks: Placed[] = [];
  filled: Filled[] = [];
  /** Where the buffer ends, or where it is to begin. */
  end = 0;

  /** Places a track behind the last. */
  add(item: Item): Placed {
    const start = this.tracks.at(-1)?.end ?? 0;
    const placed = { item, start, end: start + lengthOf(item.play), gone: new Set<string>() };
    this.tracks.push(placed);
    return placed;
  }

  /** Takes back the tracks behind `last`; true when something of them stood in the buffer. */
  cutBehind(last: Placed): boolean {
    this.tracks.length = this.tracks.indexOf(last) + 1;
    const reached = this.end > last.end;
    if (reached) this.dropFrom(last.end);
    return reached;
  }

  /** The buffer ends at `at` now; a segment that lay across it is gone from there on. */
  dropFrom(at: number): void {
    this.filled = this.filled.filter((one) => one.from < at - 1e-6);
    this.end = at;
  }

  /** What lies behind `before` has left the buffer, and with it the start of the segment across it. */
  dropBefore(before: number): void {
    const edge = before + FRAME;
    this.filled = this.filled.filter((one) => one.to > edge).map((one) => ({ ...one, from: Math.max(one.from, edge) }));
  }

  /** Nothing stands in the buffer; it is to begin at `at`. */
  clear(at: number): void {
    this.filled = [];
    this.end = at;
  }

  /** The track that the next segment belongs to, null when all is there. */
  get wanting(): Placed | null {
    return this.tracks.find((one) => this.end < one.end - 1e-6) ?? null;
  }

  at(time: number): Filled | undefined {
    return this.filled.find((one) => time >= one.from - 1e-3 && time < one.to) ?? this.filled.at(-1);
  }

  holds(time: number): boolean {
    const first = this.filled[0];
    return first !== undefined && time >= first.from && time < this.end - 0.05;
  }

  /** Bytes that lie ahead of a moment; of the segment that it lies in, their share. */
  bytesAhead(time: number): number {
    return this.filled.reduce((sum, { from, to, bytes }) =>
      sum + bytes * Math.min(1, Math.max(0, (to - time) / Math.max(to - from, 1e-6))), 0);
  }
}
