/** What the page's own buttons do: play a release, a row, its menu; and which row is playing. */
import { getRelease } from "../engine/api.ts";
import type { Engine } from "../engine/engine.ts";
import { entryOf } from "../engine/queue.ts";
import { type Release, type Track, tracksOf } from "../engine/types.ts";
import { all, one } from "./dom.ts";
import { openMenu } from "./menus.ts";
import { toast } from "./toast.ts";

type Row = { release: string; at: number };

const BUSY = new Set(["playing", "loading", "stalled"]);

export function bindTracks(engine: Engine): { mark: () => void } {
  document.addEventListener("click", (event) => click(event, engine));
  document.addEventListener("dblclick", (event) => {
    const target = event.target as Element;
    const row = target.closest?.(".track");
    if (!row) return;
    if (!target.closest("button")) playRow(rowOf(row), engine, true);
    // the row's own button heard the first click: when that paused, the second plays again
    else if (row.classList.contains("is-current") && !engine.wanted) void engine.play();
  });
  document.addEventListener("keydown", (event) => key(event, engine));
  document.addEventListener("pointerdown", (event) => void prepare(event, engine), { passive: true });
  const mark = () => marks(engine);
  engine.listen({ changed: mark });
  return { mark };
}

/** A hand on a play button: what the start needs is asked for before the click is over. */
async function prepare(event: PointerEvent, engine: Engine): Promise<void> {
  const button = (event.target as Element).closest<HTMLElement>("[data-play-release], [data-play-track]");
  const row = button && rowOf(button);
  const id = button?.dataset.playRelease ?? row?.release;
  if (!id || engine.wanted || event.button) return;
  const found = await releaseOf(id).catch(() => null);
  const list = found ? tracksOf(found) : [];
  const track = row ? list[row.at] : list.find((one) => one.playable);
  if (track && track.recording_id !== engine.track?.recording_id) engine.prepare(track);
}

function rowOf(node: Element): Row | null {
  const row = node.closest<HTMLElement>(".track");
  const list = row?.closest<HTMLElement>("[data-release]");
  return row && list ? { release: list.dataset.release!, at: Number(row.dataset.index) } : null;
}

/** The release as the page brought it, else as the server says. */
async function releaseOf(id: string): Promise<Release> {
  const data = one<HTMLScriptElement>("[data-release-json]");
  if (data) {
    const release = JSON.parse(data.textContent ?? "null") as Release | null;
    if (release?.id === id) return release;
  }
  return getRelease(id);
}

async function tracks(id: string, engine: Engine): Promise<{ title: string; list: Track[] } | null> {
  try {
    const release = await releaseOf(id);
    return { title: release.title, list: tracksOf(release) };
  } catch (error) {
    engine.tell(error instanceof Error ? error.message : "That did not load.");
    return null;
  }
}

async function playRelease(id: string, at: number, engine: Engine, seed?: number | null): Promise<void> {
  const found = await tracks(id, engine);
  if (found) engine.playTracks(id, found.title, found.list, at, seed);
}

function playRow(row: Row | null, engine: Engine, anew = false): void {
  if (!row) return;
  const current = engine.track;
  const node = one(`[data-release="${CSS.escape(row.release)}"] .track[data-index="${row.at}"]`);
  if (!anew && current && node?.dataset.recording === current.recording_id && current.release_id === row.release) {
    engine.toggle();
  } else void playRelease(row.release, row.at, engine);
}

async function queueUp(release: string, at: number | null, where: "playNext" | "add", engine: Engine): Promise<void> {
  const found = await tracks(release, engine);
  if (!found) return;
  const chosen = at === null ? found.list.filter((track) => track.playable) : found.list.slice(at, at + 1);
  if (!chosen.length) return;
  if (!engine.queue.current) return engine.playTracks(release, found.title, chosen, 0);
  engine.dispatch({ type: where, entries: chosen.map(entryOf) });
  const what = at === null ? found.title : chosen[0]!.title;
  toast(where === "add" ? `${what} added to the queue` : `${what} plays next`);
}

let menuFor: { release: string; at: number | null } | null = null;

function click(event: Event, engine: Engine): void {
  const target = event.target as Element;
  const button = target.closest<HTMLElement>("button, a");
  if (!button) return;
  const { playRelease: play, shuffleRelease, menuRelease, row } = button.dataset;
  if (play !== undefined) {
    if (engine.queue.context?.id === play && engine.track?.release_id === play && !engine.queue.finished) engine.toggle();
    else void playRelease(play, 0, engine, null);
  } else if (shuffleRelease !== undefined) {
    void shuffle(shuffleRelease, engine);
  } else if (button.dataset.playTrack !== undefined) {
    if ((event as MouseEvent).detail < 2) playRow(rowOf(button), engine); // keys have no detail
  } else if (button.dataset.menu !== undefined) {
    menuFor = rowOf(button);
    showMenu(button);
  } else if (menuRelease !== undefined) {
    menuFor = { release: menuRelease, at: null };
    showMenu(button);
  } else if (row && menuFor) {
    one("#row-menu")?.hidePopover();
    if (row === "about") showAbout(menuFor);
    else if (row !== "open") void queueUp(menuFor.release, menuFor.at, row === "next" ? "playNext" : "add", engine);
  }
}

function showMenu(button: HTMLElement): void {
  const menu = one("#row-menu")!;
  const open = one<HTMLAnchorElement>("[data-row=open]", menu)!;
  open.href = `/releases/${menuFor?.release ?? ""}`;
  open.hidden = location.pathname === new URL(open.href).pathname;
  one("[data-row=about]", menu)!.hidden = !aboutOf(menuFor);
  openMenu(menu, button);
}

/** What senders tell of a row's track, below the tracks of the page; null when they tell nothing. */
function aboutOf(row: typeof menuFor): HTMLDetailsElement | null {
  const node = row && row.at !== null
    ? one(`[data-release="${CSS.escape(row.release)}"] .track[data-index="${row.at}"]`)
    : null;
  return node ? one<HTMLDetailsElement>(`#about-${CSS.escape(node.dataset.recording ?? "")}`) ?? null : null;
}

function showAbout(row: typeof menuFor): void {
  const about = aboutOf(row);
  if (!about) return;
  about.open = true;
  about.scrollIntoView({ block: "nearest" });
  one("summary", about)?.focus({ preventScroll: true });
}

async function shuffle(id: string, engine: Engine): Promise<void> {
  const found = await tracks(id, engine);
  if (!found) return;
  const seed = Math.floor(Math.random() * 2 ** 31);
  const open = found.list.flatMap((track, at) => (track.playable ? [at] : []));
  const at = open.length ? open[seed % open.length]! : 0;
  engine.playTracks(id, found.title, found.list, at, seed);
}

function key(event: KeyboardEvent, engine: Engine): void {
  const button = (event.target as Element).closest?.<HTMLElement>(".track-play");
  const row = button && rowOf(button);
  if (!button || !row) return;
  if (event.key === "Enter" && (event.shiftKey || event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    void queueUp(row.release, row.at, event.shiftKey ? "playNext" : "add", engine);
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    const rows = all<HTMLElement>(".track-play");
    rows[rows.indexOf(button) + (event.key === "ArrowDown" ? 1 : -1)]?.focus();
  }
}

/** Shows on the page what is playing: rows, cards and the big play button. */
function marks(engine: Engine): void {
  const { track, phase } = engine;
  const busy = BUSY.has(phase);
  for (const row of all(".track")) {
    const same = track !== null && row.dataset.recording === track.recording_id &&
      row.closest<HTMLElement>("[data-release]")?.dataset.release === track.release_id;
    row.classList.toggle("is-current", same);
    row.classList.toggle("sounding", same && busy);
    const play = one(".track-play", row)!;
    play.classList.toggle("is-playing", same && busy);
    play.toggleAttribute("aria-current", same);
  }
  for (const button of all("[data-play-release]")) {
    const same = track !== null && button.dataset.playRelease === track.release_id && !engine.queue.finished;
    button.classList.toggle("is-playing", same && busy);
    button.closest(".card")?.classList.toggle("is-current", same && busy);
    const word = one("[data-word]", button);
    if (word) word.textContent = same && busy ? "Pause" : "Play";
  }
}
