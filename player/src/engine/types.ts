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

/** Where a recording's samples lie in one rendition; all integers at `rate`. */
export interface Span {
  rate: number;
  /** The first sample of the music in what the segments decode to. */
  start: number;
  /** Number of samples of the music. */
  samples: number;
}

/** The server's yes to a play. */
export interface Play {
  play_id: string;
  hls: string;
  expires: string | number;
  /** Rendition name -> where its music lies. */
  gapless?: Record<string, Span>;
}

export type QualityChoice = "auto" | "low" | "normal" | "high" | "lossless";

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
