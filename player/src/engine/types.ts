/** The shapes that the server's pages and API give us (see server/web/ports.py). */

export interface Quality {
  lossless: boolean;
  bits: number;
  /** Sample rate in Hz. */
  rate: number;
}

/** One track as a release page lists it. */
export interface ListedTrack {
  recording_id: string;
  isrc: string;
  number: number;
  title: string;
  artist: string;
  seconds: number;
  playable: boolean;
  reason: string | null;
  until: string | null;
  /** 0-255, about 200 of them; may be empty. */
  peaks: number[];
  gapless_next: boolean;
  /** Only a part is played, where the whole may not be. */
  preview?: boolean;
  quality: Quality | null;
}

export interface Release {
  id: string;
  title: string;
  artist: string;
  artwork: string | null;
  hue: number;
  chroma: number;
  discs: { number: number; title: string; tracks: ListedTrack[] }[];
}

/** A track with what the player shows of its release. */
export interface Track extends ListedTrack {
  release_id: string;
  album: string;
  artwork: string | null;
  hue: number;
  chroma: number;
}

/** One rendition of a track as the server measured it; counts are samples at `rate`. */
export interface Rendition {
  name: string;
  codecs: string;
  rate: number;
  bits: number;
  channels: number;
  /** Peak and average, bits per second. */
  bandwidth: number;
  average_bandwidth: number;
  /** The music is [delay, delay + samples) of what the segments decode to. */
  delay: number;
  samples: number;
  /** Addresses beside the playlist; `{}` stands for a segment's number. */
  init: string;
  init_bytes: number;
  media: string;
  /** Samples and bytes of each. */
  segments: [number, number][];
  /** Of a part of a track: decode time and number of its first segment, and where its bytes begin. */
  decode_time?: number;
  first?: number;
  offset?: number;
}

/** EBU R128: LUFS and dBTP. */
export interface Loudness {
  integrated: number;
  true_peak: number;
}

/** The server's yes to a play. */
export interface Play {
  play_id: string;
  hls: string;
  renditions: Rendition[];
  loudness?: { track: Loudness | null; album: Loudness | null };
  /** Unix seconds. */
  expires_at?: number;
  /** Where a fresh token is to be had; without it the play is opened anew. */
  renew?: string;
}

export type QualityChoice = "auto" | "low" | "normal" | "high" | "lossless" | "hires";

export interface Hit {
  kind: "release" | "recording" | "party";
  id: string;
  title: string;
  artist: string;
  release_id: string | null;
  artwork: string | null;
  hue: number;
  chroma: number;
  playable: boolean;
  reason: string | null;
}

export function tracksOf(release: Release): Track[] {
  return release.discs.flatMap((disc) =>
    disc.tracks.map((track) => ({
      ...track,
      release_id: release.id,
      album: release.title,
      artwork: release.artwork,
      hue: release.hue,
      chroma: release.chroma,
    })),
  );
}
