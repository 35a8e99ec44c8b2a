/**
 * The queue as a pure reducer: history, what the listener queued, and the list being played.
 *
 * `turn` counts starts. Only an action that starts a track changes it; an edit never does, and so
 * never interrupts, restarts or moves what is playing.
 */
import { shuffled, spread } from "./shuffle.ts";
import type { Track } from "./types.ts";

export interface Entry {
  /** Own id of this place in the queue: the same track may stand in it twice. */
  uid: string;
  track: Track;
}

export type Source = "context" | "user" | "past";

export interface Context {
  /** What is played, e.g. the id of a release. */
  id: string;
  title: string;
  entries: Entry[];
  /** Indexes into `entries` in the order of playing; removed ones are missing. */
  order: number[];
  /** Place in `order` of the last one taken, -1 before the first. */
  cursor: number;
}

export type Repeat = "off" | "all" | "one";

export interface Queue {
  history: { entry: Entry; source: Source }[];
  current: Entry | null;
  source: Source;
  user: Entry[];
  context: Context | null;
  /** Seed of the shuffled order, null when the order is the list's own. */
  seed: number | null;
  repeat: Repeat;
  turn: number;
  /** The end was reached with repeat off. */
  finished: boolean;
}

export type Action =
  | { type: "play"; id: string; title: string; entries: Entry[]; at: number; seed?: number | null }
  | { type: "next" }
  | { type: "ended" }
  | { type: "previous"; position: number }
  | { type: "jump"; uid: string }
  | { type: "came"; entry: Entry }
  | { type: "playNext"; entries: Entry[] }
  | { type: "add"; entries: Entry[] }
  | { type: "remove"; uid: string }
  | { type: "move"; uid: string; by: number }
  | { type: "clear" }
  | { type: "shuffle"; seed: number | null }
  | { type: "repeat"; mode: Repeat }
  | { type: "refuse"; uid: string; reason: string; until?: string | null }
  | { type: "undo"; before: Queue };

export const EMPTY: Queue = {
  history: [],
  current: null,
  source: "context",
  user: [],
  context: null,
  seed: null,
  repeat: "off",
  turn: 0,
  finished: false,
};

/** "Previous" within so many seconds goes back a track, later it starts the track again. */
export const RESTART_AFTER = 3;
const HISTORY_KEPT = 200;

export interface Upcoming {
  entry: Entry;
  part: "user" | "context";
}

/** What plays next, in order, as the queue view shows it. */
export function upcoming(queue: Queue): Upcoming[] {
  const rest = queue.context ? queue.context.order.slice(queue.context.cursor + 1) : [];
  return [
    ...queue.user.map((entry) => ({ entry, part: "user" as const })),
    ...rest.map((index) => ({ entry: queue.context!.entries[index]!, part: "context" as const })),
  ];
}

/** Whether an entry is still to be played. */
export function stands(queue: Queue, uid: string): boolean {
  return upcoming(queue).some(({ entry }) => entry.uid === uid);
}

/** The entry that follows by itself, null at the end. */
export function following(queue: Queue): Entry | null {
  if (queue.repeat === "one") return queue.current;
  const after = reduce(queue, { type: "next" });
  return after.turn === queue.turn ? null : after.current;
}

/** Whether `next` is the same release's next track. */
export function continues(queue: Queue, next: Entry | null): boolean {
  const track = queue.current?.track;
  if (!track || !next || next.track.release_id !== track.release_id) return false;
  const entries = queue.context?.entries ?? [];
  const at = entries.findIndex((entry) => entry.uid === queue.current?.uid);
  return at >= 0 && entries[at + 1]?.uid === next.uid;
}

/** Whether `next` is the track of the same release that the current one runs into. */
export function runsInto(queue: Queue, next: Entry | null): boolean {
  return Boolean(queue.current?.track.gapless_next) && continues(queue, next);
}

/** Whether the current track is one of several of its release in a row: its gain is the album's. */
export function inAlbum(queue: Queue): boolean {
  const release = queue.current?.track.release_id;
  const beside = [queue.history.at(-1)?.entry, upcoming(queue)[0]?.entry];
  return beside.some((entry) => entry?.track.release_id === release);
}

let made = 0;

/** A new place in the queue for a track. */
export function entryOf(track: Track): Entry {
  made += 1;
  return { uid: `${Date.now().toString(36)}-${made}-${Math.random().toString(36).slice(2, 8)}`, track };
}

export function reduce(queue: Queue, action: Action): Queue {
  switch (action.type) {
    case "play":
      return play(queue, action);
    case "next":
      return next(queue);
    case "ended":
      return queue.repeat === "one" && queue.current ? start(queue, {}) : next(queue);
    case "previous":
      return previous(queue, action.position);
    case "jump":
      return jump(queue, action.uid);
    case "came":
      return came(queue, action.entry);
    case "playNext":
      return { ...queue, user: [...action.entries, ...queue.user] };
    case "add":
      return { ...queue, user: [...queue.user, ...action.entries] };
    case "remove":
      return remove(queue, action.uid);
    case "move":
      return move(queue, action.uid, action.by);
    case "clear":
      return clear(queue);
    case "shuffle":
      return shuffle(queue, action.seed);
    case "repeat":
      return { ...queue, repeat: action.mode };
    case "refuse":
      return refuse(queue, action.uid, action.reason, action.until ?? null);
    case "undo":
      return action.before.turn === queue.turn
        ? { ...queue, user: action.before.user, context: action.before.context }
        : queue;
  }
}

function start(queue: Queue, change: Partial<Queue>): Queue {
  return { ...queue, ...change, turn: queue.turn + 1, finished: false };
}

function past(queue: Queue): Queue["history"] {
  if (!queue.current) return queue.history;
  return [...queue.history, { entry: queue.current, source: queue.source }].slice(-HISTORY_KEPT);
}

function play(queue: Queue, action: Extract<Action, { type: "play" }>): Queue {
  const all = action.entries.map((_, index) => index);
  const seed = action.seed === undefined ? queue.seed : action.seed;
  const context: Context = {
    id: action.id,
    title: action.title,
    entries: action.entries,
    order: all,
    cursor: action.at,
  };
  const current = action.entries[action.at];
  if (!current) return queue;
  if (seed !== null) {
    const rest = all.filter((index) => index !== action.at);
    context.order = [action.at, ...mixed(context.entries, rest, seed)];
    context.cursor = 0;
  }
  const history = past(queue).map(({ entry }) => ({ entry, source: "past" as const }));
  return start(queue, { history, current, source: "context", context, seed });
}

function mixed(entries: Entry[], indexes: number[], seed: number): number[] {
  return spread(shuffled(indexes, seed), (index) => entries[index]!.track.artist);
}

function next(queue: Queue): Queue {
  const user = [...queue.user];
  while (user.length > 0) {
    const entry = user.shift()!;
    if (entry.track.playable) {
      return start(queue, { history: past(queue), current: entry, source: "user", user });
    }
  }
  const context = queue.context;
  if (context) {
    const at = nextPlayable(context, context.cursor + 1);
    if (at >= 0) return take({ ...queue, user }, { ...context, cursor: at });
    if (queue.repeat === "all") return again({ ...queue, user }, context);
  }
  return queue.current ? { ...queue, finished: true } : queue;
}

function nextPlayable(context: Context, from: number): number {
  return context.order.findIndex(
    (index, at) => at >= from && context.entries[index]!.track.playable,
  );
}

function take(queue: Queue, context: Context): Queue {
  const current = context.entries[context.order[context.cursor]!]!;
  return start(queue, { history: past(queue), current, source: "context", context });
}

function again(queue: Queue, context: Context): Queue {
  const seed = queue.seed === null ? null : queue.seed + 1;
  const order =
    seed === null ? context.order : mixed(context.entries, [...context.order], seed);
  const at = nextPlayable({ ...context, order }, 0);
  if (at < 0) return { ...queue, finished: true };
  return take({ ...queue, seed }, { ...context, order, cursor: at });
}

function previous(queue: Queue, position: number): Queue {
  if (!queue.current) return queue;
  const last = queue.history.at(-1);
  if (position > RESTART_AFTER || !last) return start(queue, {});
  const history = queue.history.slice(0, -1);
  const back = { history, current: last.entry, source: last.source };
  if (queue.source === "user") return start(queue, { ...back, user: [queue.current, ...queue.user] });
  if (queue.source === "past" || !queue.context) return start(queue, back);
  const context = { ...queue.context, cursor: Math.max(-1, queue.context.cursor - 1) };
  return start(queue, { ...back, context });
}

function jump(queue: Queue, uid: string): Queue {
  const at = queue.user.findIndex((entry) => entry.uid === uid);
  if (at >= 0) {
    const user = queue.user.filter((entry) => entry.uid !== uid);
    return start(queue, { history: past(queue), current: queue.user[at]!, source: "user", user });
  }
  const context = queue.context;
  const cursor = context
    ? context.order.findIndex((index) => context.entries[index]!.uid === uid)
    : -1;
  return context && cursor >= 0 ? take(queue, { ...context, cursor }) : queue;
}

/** What was joined already begins, although an edit put another before it: that is next after it. */
function came(queue: Queue, entry: Entry): Queue {
  const user = queue.user.filter((one) => one.uid !== entry.uid);
  const { context } = queue;
  const from = context && user.length === queue.user.length
    ? context.order.findIndex((index, at) => at > context.cursor && context.entries[index]!.uid === entry.uid) : -1;
  if (!context || from < 0) return start(queue, { history: past(queue), current: entry, source: "user", user });
  const cursor = context.cursor + 1;
  return take(queue, { ...context, order: moved(context.order, from, cursor - from, cursor), cursor });
}

function remove(queue: Queue, uid: string): Queue {
  const user = queue.user.filter((entry) => entry.uid !== uid);
  if (user.length !== queue.user.length || !queue.context) return { ...queue, user };
  const { entries, order, cursor } = queue.context;
  const left = order.filter((index, at) => at <= cursor || entries[index]!.uid !== uid);
  return { ...queue, context: { ...queue.context, order: left } };
}

/** Moves an entry inside its own part of the queue; it stops at the part's ends. */
function move(queue: Queue, uid: string, by: number): Queue {
  const at = queue.user.findIndex((entry) => entry.uid === uid);
  if (at >= 0) return { ...queue, user: moved(queue.user, at, by, 0) };
  if (!queue.context) return queue;
  const { entries, order, cursor } = queue.context;
  const place = order.findIndex((index, i) => i > cursor && entries[index]!.uid === uid);
  if (place < 0) return queue;
  return { ...queue, context: { ...queue.context, order: moved(order, place, by, cursor + 1) } };
}

function moved<T>(items: readonly T[], from: number, by: number, first: number): T[] {
  const out = [...items];
  const [item] = out.splice(from, 1);
  out.splice(Math.min(out.length, Math.max(first, from + by)), 0, item!);
  return out;
}

function clear(queue: Queue): Queue {
  const context = queue.context && {
    ...queue.context,
    order: queue.context.order.slice(0, queue.context.cursor + 1),
  };
  return { ...queue, user: [], context };
}

function shuffle(queue: Queue, seed: number | null): Queue {
  const context = queue.context;
  if (!context) return { ...queue, seed };
  const { entries, order, cursor } = context;
  if (seed !== null) {
    const done = order.slice(0, cursor + 1);
    const rest = mixed(entries, order.slice(cursor + 1), seed);
    return { ...queue, seed, context: { ...context, order: [...done, ...rest] } };
  }
  const own = [...order].sort((a, b) => a - b);
  const at = cursor < 0 ? -1 : own.indexOf(order[cursor]!);
  return { ...queue, seed, context: { ...context, order: own, cursor: at } };
}

/** Marks a track that the server would not play, wherever it stands. */
function refuse(queue: Queue, uid: string, reason: string, until: string | null): Queue {
  const mark = (entry: Entry): Entry =>
    entry.uid === uid ? { ...entry, track: { ...entry.track, playable: false, reason, until } } : entry;
  return {
    ...queue,
    current: queue.current && mark(queue.current),
    user: queue.user.map(mark),
    context: queue.context && { ...queue.context, entries: queue.context.entries.map(mark) },
  };
}
