/** A part of a track that may not be played as a whole: an entry of the queue like any other. */
import { openPlay } from "./api.ts";
import type { Remedy } from "./emitter.ts";
import { lengthOf } from "./layout.ts";
import { type Action, type Entry, entryOf } from "./queue.ts";
import type { Track } from "./types.ts";

interface Teller {
  tell(message: string, sticky: boolean, action?: Remedy): void;
  dispatch(action: Action): void;
}

/** Tells why a track is not played; where a part of it may be, that is offered. */
export async function explain(engine: Teller, track: Track, message: string): Promise<void> {
  const part = await previewOf(track);
  if (!part) return engine.tell(message, true);
  const run = (): void => {
    engine.dispatch({ type: "playNext", entries: [part] });
    engine.dispatch({ type: "jump", uid: part.uid });
  };
  engine.tell(message, true, { word: `Hear ${Math.round(part.track.seconds)} seconds`, run });
}

/** The part that may be heard, null where the server allows none: it is asked. */
async function previewOf(track: Track): Promise<Entry | null> {
  if (track.preview) return null;
  const part = { ...track, preview: true, playable: true, reason: null, until: null, peaks: [], gapless_next: false };
  const play = await openPlay(part).catch(() => null);
  return play?.renditions.length ? entryOf({ ...part, seconds: lengthOf(play) }) : null;
}
