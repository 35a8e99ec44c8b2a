/**
 * A list of tracks as little text: what a release's tracks share is written once, and nothing of
 * what the server tells anew. 20,000 tracks are 3 MB, a browser keeps about 5. Pure.
 */
import type { Entry } from "./queue.ts";
import type { Track } from "./types.ts";

type Shared = Pick<Track, "release_id" | "album" | "artwork" | "hue" | "chroma">;
type Row = [release: number, recording: string, number: number, title: string, artist: string, seconds: number,
  ...rest: [flags: number, reason?: string | null, until?: string | null]];

export interface Packed {
  releases: Shared[];
  rows: Row[];
}

const SEAM = 1;
const PREVIEW = 2;
const LOCKED = 4;
let made = 0;

export function pack(entries: readonly Entry[]): Packed {
  const releases = new Map<string, number>();
  const packed: Packed = { releases: [], rows: [] };
  for (const { track } of entries) {
    const { release_id, album, artwork, hue, chroma } = track;
    if (!releases.has(release_id)) releases.set(release_id, packed.releases.push({ release_id, album, artwork, hue, chroma }) - 1);
    packed.rows.push(row(track, releases.get(release_id)!));
  }
  return packed;
}

function row(track: Track, release: number): Row {
  const flags = (track.gapless_next ? SEAM : 0) | (track.preview ? PREVIEW : 0) | (track.playable ? 0 : LOCKED);
  const { recording_id, number, title, artist, seconds, playable, reason, until } = track;
  return [release, recording_id, number, title, artist, seconds, flags, ...(playable ? [] : [reason, until])] as Row;
}

/** Places get new ids but for those in `uids`, by their index: something else names them. */
export function unpack({ releases, rows }: Packed, uids: Record<number, string> = {}): Entry[] {
  const stamp = Date.now().toString(36);
  return rows.map(([release, recording_id, number, title, artist, seconds, flags, reason, until], at) => ({
    uid: uids[at] ?? `${stamp}-${++made}-kept`,
    track: {
      ...releases[release]!, recording_id, isrc: "", number, title, artist, seconds, peaks: [], quality: null,
      gapless_next: Boolean(flags & SEAM), playable: !(flags & LOCKED), reason: reason ?? null, until: until ?? null,
      ...(flags & PREVIEW ? { preview: true } : {}),
    },
  }));
}
