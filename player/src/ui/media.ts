/** What the system's own media controls show and do. */
import type { Engine } from "../engine/engine.ts";

export function bindMediaSession(engine: Engine): void {
  const session = navigator.mediaSession;
  if (!session) return;
  const handlers: [MediaSessionAction, MediaSessionActionHandler][] = [
    ["play", () => void engine.play()],
    ["pause", () => engine.pause()],
    ["stop", () => engine.pause()],
    ["previoustrack", () => engine.dispatch({ type: "previous", position: engine.position })],
    ["nexttrack", () => engine.dispatch({ type: "next" })],
    ["seekto", (details) => engine.seek(details.seekTime ?? engine.position)],
  ];
  for (const [action, handler] of handlers) {
    try {
      session.setActionHandler(action, handler);
    } catch {
      // A browser that does not know the action simply lacks the button.
    }
  }
  let shown = "";
  engine.listen({
    changed: () => {
      const { track, phase } = engine;
      if (track && shown !== track.recording_id) {
        shown = track.recording_id;
        const artwork = track.artwork ? [96, 320, 640].map((size) => ({
          src: `${track.artwork}/${size}.webp`, sizes: `${size}x${size}`, type: "image/webp",
        })) : [];
        session.metadata = new MediaMetadata({ title: track.title, artist: track.artist, album: track.album, artwork });
      }
      session.playbackState = !track ? "none" : phase === "playing" || phase === "stalled" ? "playing" : "paused";
      position(session, engine);
    },
  });
}

function position(session: MediaSession, engine: Engine): void {
  const { duration, position } = engine;
  if (!duration) return;
  try {
    session.setPositionState({ duration, playbackRate: 1, position: Math.min(position, duration) });
  } catch {
    // Older browsers refuse some values; the position is a nicety.
  }
}
