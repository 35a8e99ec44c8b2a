/** Where the samples of a rendition lie: pure arithmetic over the integers that the server tells. */
import type { Play, Rendition } from "./types.ts";

/** Bytes to fetch: a whole file, or a range of one. */
export interface Part {
  url: string;
  /** First byte and number of bytes; null for the whole file. */
  range: [number, number] | null;
  bytes: number;
}

/** How appended bytes are placed and cut, in seconds on the time line of the source buffer. */
export interface Cut {
  offset: number;
  from: number;
  to: number;
}

const address = (play: Play, file: string): string => play.hls.replace(/[^/]*$/, file);

export function initPart(play: Play, rendition: Rendition): Part {
  const { init, init_bytes: bytes, media } = rendition;
  return { url: address(play, init), range: media.includes("{}") ? null : [0, bytes], bytes };
}

export function segmentPart(play: Play, rendition: Rendition, segment: number): Part {
  const { media, segments } = rendition;
  const bytes = segments[segment]![1];
  if (media.includes("{}")) {
    const number = String((rendition.first ?? 0) + segment);
    return { url: address(play, media.replace("{}", number)), range: null, bytes };
  }
  const before = segments.slice(0, segment).reduce((sum, one) => sum + one[1], 0);
  const start = (rendition.offset ?? rendition.init_bytes) + before;
  return { url: address(play, media), range: [start, bytes], bytes };
}

/** The music of a play in seconds; the rendition of the highest rate knows it best. */
export function lengthOf(play: Play): number {
  const best = play.renditions.reduce((a, b) => (b.rate > a.rate ? b : a));
  return best.samples / best.rate;
}

/** When a segment begins, in seconds of the music; the first begins before it. */
export function begins(rendition: Rendition, segment: number): number {
  let samples = 0;
  for (let i = 0; i < segment; i++) samples += rendition.segments[i]![0];
  return (samples - rendition.delay) / rendition.rate;
}

/** The segment that holds a moment of the music; half a sample early counts as the next one's. */
export function segmentAt(rendition: Rendition, seconds: number): number {
  const wanted = seconds * rendition.rate + rendition.delay + 0.5;
  let samples = 0;
  for (let i = 0; i < rendition.segments.length; i++) {
    samples += rendition.segments[i]![0];
    if (wanted < samples) return i;
  }
  return rendition.segments.length - 1;
}

/** Places a track's segments so that its music begins at `start`, cut to [from, to). */
export function cut(rendition: Rendition, start: number, from: number, to: number): Cut {
  const lead = (rendition.decode_time ?? 0) + rendition.delay;
  return { offset: start - lead / rendition.rate, from, to };
}

export const isFlac = (rendition: Rendition): boolean => /^flac$/i.test(rendition.codecs);
