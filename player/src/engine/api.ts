/** The server's API as the player uses it. All calls are same-origin and carry the session. */
import type { Hit, Play, Release, Track } from "./types.ts";

/** The server said no; `message` is a sentence to show. */
export class Refused extends Error {
  readonly status: number;
  readonly code: string;
  readonly until: string | null;

  constructor(status: number, code: string, message: string, until: string | null = null) {
    super(message);
    this.status = status;
    this.code = code;
    this.until = until;
  }
}

async function call<T>(path: string, init: RequestInit = {}): Promise<T> {
  let response: Response;
  try {
    response = await fetch(`/api/v1${path}`, { credentials: "same-origin", ...init });
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
    throw new Refused(0, "offline", "The server can’t be reached. Check your connection.");
  }
  const body: unknown = await response.json().catch(() => null);
  if (response.ok) return body as T;
  const error = (body as { error?: Record<string, string | null> } | null)?.error ?? {};
  const text = error.message || `The server answered ${response.status}.`;
  const message = response.status === 401 ? "Sign in to listen." : text;
  throw new Refused(response.status, error.code ?? "", message, error.until ?? null);
}

export function openPlay(track: Track): Promise<Play> {
  const { release_id, recording_id } = track;
  return call<Play>("/plays", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ release_id, recording_id }),
  });
}

/** A fresh token for a play: what of the play is new. */
export async function renewPlay(track: Track, play: Play): Promise<Partial<Play>> {
  if (play.renew) {
    const { token, expires_at } = await call<{ token: string; expires_at: number }>(
      play.renew.replace(/^\/api\/v1/, ""), { method: "POST" });
    return { hls: play.hls.replace(/^((?:https?:\/\/[^/]+)?\/m\/)[^/]+/, (_, head: string) => head + token), expires_at };
  }
  const { play_id: _, ...fresh } = await openPlay(track);
  return fresh;
}

const releases = new Map<string, Promise<Release>>();

/** A release with its tracks; asked for once, remembered for five minutes. */
export function getRelease(id: string): Promise<Release> {
  let known = releases.get(id);
  if (!known) {
    known = call<Release>(`/releases/${encodeURIComponent(id)}`);
    releases.set(id, known);
    known.catch(() => releases.delete(id));
    setTimeout(() => releases.delete(id), 300_000);
  }
  return known;
}

export interface Answer {
  query: string;
  hits: Hit[];
  took_ms: number;
}

export function search(query: string, limit: number, signal: AbortSignal): Promise<Answer> {
  return call<Answer>(`/search?q=${encodeURIComponent(query)}&limit=${limit}`, { signal });
}
