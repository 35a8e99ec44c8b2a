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

/** How a play is asked for. */
export interface Asked {
  /** Random name of this browser. */
  player?: string;
  /** Another player of the account is to give way. */
  take_over?: boolean;
  /** Seconds that the token shall last: a native player can't take another. */
  lasts_s?: number;
}

/** A preview is no play: it has no id, and nothing is told of it. */
export async function openPlay(track: Track, asked: Asked = {}): Promise<Play> {
  const { release_id, recording_id } = track;
  const open = <T>(path: string, given: object): Promise<T> => call<T>(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ release_id, recording_id, ...given }),
  });
  if (!track.preview) return open<Play>("/plays", asked);
  return { ...(await open<Omit<Play, "play_id">>("/previews", {})), play_id: "" };
}

type Token = { token: string; expires_at: number; renew: string };

/** What of a play is new with a fresh token. Where the play itself is over, another is opened. */
export async function renewPlay(track: Track, play: Play, asked: Asked): Promise<Partial<Play>> {
  if (play.renew) {
    try {
      const path = play.renew.replace(/^\/api\/v1/, "");
      const { token, ...fresh } = await call<Token>(path, { method: "POST" });
      return { ...fresh, hls: prefixed(play.hls, token) };
    } catch (error) {
      if (!(error instanceof Refused) || !ANEW.has(error.code)) throw error;
    }
  }
  const { play_id: _, ...fresh } = await openPlay(track, asked);
  return fresh;
}

/** Refusals of a token that a new play may cure. */
const ANEW = new Set(["plan_changed", "play_expired", "not_found"]);

/** The token is the second part of the path. */
export const prefixed = (hls: string, token: string): string =>
  hls.replace(/(\/m\/)[^/]+/, (_, head: string) => head + token);

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
