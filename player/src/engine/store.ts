/** What survives a reload: queue, place in the track, volume and quality. */
import { type Packed, pack, unpack } from "./pack.ts";
import { type Context, EMPTY, type Entry, type Queue } from "./queue.ts";
import type { Target } from "./loudness.ts";
import type { QualityChoice } from "./types.ts";

const QUEUE = "segue.queue.2";
const LIST = "segue.list.1";
const PLACE = "segue.place.1";
const PLAYER = "segue.player.1";
const SETTINGS = "segue.settings.1";

export interface Settings {
  volume: number;
  muted: boolean;
  quality: QualityChoice;
  /** Single-key shortcuts may be turned off (WCAG 2.1.4). */
  keys: boolean;
  /** Target of the loudness in LUFS, 0 for off. */
  loudness: Target;
  /** Seconds of the crossfade, 0 to 12. */
  crossfade: number;
  /** Least data in the automatic quality, and little fetched ahead. */
  saver: boolean;
  /** Id of the output device, empty for the system's. */
  output: string;
}

export const DEFAULTS: Settings = {
  volume: 1, muted: false, quality: "auto", keys: true, loudness: -14, crossfade: 0, saver: false, output: "",
};

function read<T>(key: string): T | null {
  try {
    const text = localStorage.getItem(key);
    return text === null ? null : (JSON.parse(text) as T);
  } catch {
    return null;
  }
}

function write(key: string, value: unknown): void {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // Full or forbidden: playing goes on, only the memory is lost.
  }
}

/** All of a queue but its lists, which are packed; that of the context is by itself. */
interface Kept extends Omit<Queue, "user" | "context"> {
  user: Packed;
  context: (Omit<Context, "entries"> & { list: number }) | null;
  /** Ids of the context's entries that history or current name, by their index. */
  uids: Record<number, string>;
}

interface List extends Packed {
  list: number;
}

export function loadQueue(): Queue {
  const kept = read<Kept>(QUEUE);
  const list = read<List>(LIST);
  try {
    if (!kept) return EMPTY;
    const { uids, user, context, ...rest } = kept;
    if (!context || context.list !== list?.list) return { ...EMPTY, ...rest, user: unpack(user), context: null };
    const { list: _, ...place } = context;
    written = { entries: unpack(list, uids), list: list.list };
    return { ...EMPTY, ...rest, user: unpack(user), context: { ...place, entries: written.entries } };
  } catch {
    return EMPTY;
  }
}

let timer = 0;
/** The list that the storage has: it is written only when it is another. */
let written: { entries: Entry[]; list: number } | null = null;

/** Writes soon, once for many changes. */
export function saveQueue(queue: Queue): void {
  clearTimeout(timer);
  timer = window.setTimeout(() => saveNow(queue), 200);
}

/** Waveforms would fill the storage: only the current track's is kept. */
export function saveNow(queue: Queue): void {
  clearTimeout(timer);
  const { context, user, ...rest } = queue;
  const history = queue.history.slice(-20).map((one) => ({ ...one, entry: bare(one.entry) }));
  const kept: Kept = { ...rest, history, user: pack(user), context: null, uids: {} };
  if (context) {
    const { entries, ...place } = context;
    if (written?.entries !== entries) {
      written = { entries, list: Date.now() };
      write(LIST, { list: written.list, ...pack(entries) } satisfies List);
    }
    kept.context = { ...place, list: written.list };
    const named = new Set([queue.current?.uid, ...history.map((one) => one.entry.uid)]);
    entries.forEach(({ uid }, at) => { if (named.has(uid)) kept.uids[at] = uid; });
  }
  write(QUEUE, kept);
}

const bare = (entry: Entry): Entry => ({ ...entry, track: { ...entry.track, peaks: [] } });

export function loadPlace(uid: string): number {
  const place = read<{ uid: string; position: number }>(PLACE);
  return place?.uid === uid && place.position > 0 ? place.position : 0;
}

export function savePlace(uid: string, position: number): void {
  write(PLACE, { uid, position: Math.round(position * 10) / 10 });
}

/** A random name of this browser, by which the server tells one player of an account from another. */
export function playerName(): string {
  const known = read<string>(PLAYER);
  if (known) return known;
  const made = crypto.getRandomValues(new Uint32Array(4)).join("-").slice(0, 40);
  write(PLAYER, made);
  return made;
}

export function loadSettings(): Settings {
  return { ...DEFAULTS, ...read<Partial<Settings>>(SETTINGS) };
}

export function saveSettings(settings: Settings): void {
  write(SETTINGS, settings);
}
