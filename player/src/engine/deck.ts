/** What the engine needs of a player of one stream, whatever plays it. */
import type { Entry } from "./queue.ts";
import type { Play, QualityChoice, Rendition } from "./types.ts";

export interface Item {
  entry: Entry;
  play: Play;
}

export interface DeckEvents {
  /** Anything of interest happened on the element, or (`level`) the rendition heard is another. */
  changed(deck: Deck, event: string): void;
  /** The next track is so near that nothing can stop it: it is the deck's item from now on. */
  committed(deck: Deck): void;
  /** The sound went on into the next track. */
  crossed(deck: Deck, before: Item): void;
  /** The stream can't go on: HTTP status, 0 for anything else. */
  failed(deck: Deck, status: number): void;
  /** The connection was lost or is back. Playing goes on with what stands ready. */
  network(deck: Deck, lost: boolean): void;
  /** A play whose token was not taken: what of it is new, or an error to show. */
  renew(item: Item): Promise<Partial<Play>>;
}

/** How a track is to be fetched. */
export interface Wishes {
  choice: QualityChoice;
  saver: boolean;
}

export interface Deck {
  readonly audio: HTMLAudioElement;
  /** What plays, null when nothing is loaded; a moment before a join already what comes then. */
  readonly item: Item | null;
  /** What is heard. */
  readonly sounding: Item | null;
  /** What follows without a gap, null when nothing is. */
  readonly following: Item | null;
  /** Whether another track can follow in the same stream. */
  readonly joins: boolean;
  /** Seconds into the track. */
  readonly position: number;
  /** Seconds until the following track begins; Infinity when none follows. */
  readonly untilJoin: number;
  /** What of the track's renditions is heard, null when unknown. */
  readonly rendition: Rendition | null;
  /** Fetches what the start of a play needs, before it is loaded or follows: true when it stands ready. */
  warm(play: Play, wishes: Wishes): Promise<boolean>;
  /** Loads a track, paused at `at` seconds. */
  load(item: Item, at: number, wishes: Wishes): Promise<void>;
  /** What comes next; null takes it back. Never disturbs what is heard. */
  follow(item: Item | null): void;
  /** On into the following track now. */
  skip(): void;
  seek(seconds: number): void;
  steer(wishes: Wishes): void;
  release(): void;
}

export const EVENTS = ["timeupdate", "playing", "pause", "waiting", "seeking", "seeked", "ended",
  "durationchange", "loadeddata"] as const;
