/** The listener's pages come alive here. */
import { Engine } from "./engine/engine.ts";
import { upcoming } from "./engine/queue.ts";
import { bindBar } from "./ui/bar.ts";
import { all, one } from "./ui/dom.ts";
import { bindKeys } from "./ui/keys.ts";
import { bindMediaSession } from "./ui/media.ts";
import { bindMenus } from "./ui/menus.ts";
import { bindPages, onPage } from "./ui/pages.ts";
import { bindQueue } from "./ui/queueview.ts";
import { Search } from "./ui/search.ts";
import { bindSound } from "./ui/sound.ts";
import { bindTracks } from "./ui/tracks.ts";

const engine = new Engine();
/** For the browser's console. */
Object.assign(window, { segue: engine });
const search = new Search(engine);
const REPEATS = { off: "all", all: "one", one: "off" } as const;

/** What each `data-do` button does; keys run the same. */
const commands: Record<string, () => void> = {
  toggle: () => engine.toggle(),
  next: () => {
    if (upcoming(engine.queue).length || engine.queue.repeat === "all") engine.dispatch({ type: "next" });
  },
  previous: () => engine.dispatch({ type: "previous", position: engine.position }),
  shuffle: () => {
    const seed = engine.queue.seed === null ? Math.floor(Math.random() * 2 ** 31) : null;
    engine.dispatch({ type: "shuffle", seed });
  },
  repeat: () => engine.dispatch({ type: "repeat", mode: REPEATS[engine.queue.repeat] }),
  mute: () => engine.setVolume(engine.settings.volume || 1, !engine.settings.muted),
  queue: toggleQueue,
  now: toggleNow,
  keys: () => {
    one("#account")?.hidePopover();
    one<HTMLDialogElement>("#keys")?.showModal();
  },
  close: () => all<HTMLDialogElement>("dialog[open]").at(-1)?.close(),
};

let opener: HTMLElement | null = null;

function toggleQueue(): void {
  const drawer = one("#queue")!;
  const now = one<HTMLDialogElement>("#now")!;
  const open = drawer.hidden;
  if (open) opener = document.activeElement as HTMLElement | null;
  // Inside the full view the drawer must live in the same top layer.
  (open && now.open ? now : document.body).append(drawer);
  drawer.hidden = !open;
  for (const button of all('[data-do="queue"][aria-expanded]')) button.setAttribute("aria-expanded", String(open));
  if (open) one<HTMLElement>("[data-jump], header button", drawer)?.focus({ preventScroll: true });
  else opener?.focus({ preventScroll: true });
}

function toggleNow(): void {
  const now = one<HTMLDialogElement>("#now")!;
  if (now.open) now.close();
  else if (engine.track) {
    if (!one("#queue")!.hidden) toggleQueue();
    now.showModal();
  }
}

/** Remembers in a cookie what was played last: `id.track.of,…`, for the home page. */
function remember(): void {
  const { track, queue } = engine;
  if (!track || engine.phase !== "playing" || queue.context?.id !== track.release_id) return;
  const entries = queue.context.entries;
  const at = entries.findIndex((entry) => entry.track.recording_id === track.recording_id) + 1;
  const before = document.cookie.match(/(?:^|; )recent=([^;]*)/)?.[1]?.split(",") ?? [];
  const rest = before.filter((item) => item && !item.startsWith(`${track.release_id}.`));
  const list = [`${track.release_id}.${at}.${entries.length}`, ...rest].slice(0, 5);
  document.cookie = `recent=${list.join(",")}; path=/; max-age=7776000; samesite=lax`;
}

document.addEventListener("click", (event) => {
  const button = (event.target as Element).closest<HTMLElement>("[data-do], [data-open]");
  if (!button) return;
  if (button.dataset.open === "search") {
    event.preventDefault();
    search.open();
  } else commands[button.dataset.do ?? ""]?.();
});

/** The mini player: up opens the full view, sideways skips. */
function bindSwipe(): void {
  const bar = one("#player")!;
  let from: { x: number; y: number } | null = null;
  bar.addEventListener("touchstart", (event) => {
    const touch = event.touches[0];
    from = touch && !(event.target as Element).closest("input") ? { x: touch.clientX, y: touch.clientY } : null;
  }, { passive: true });
  bar.addEventListener("touchend", (event) => {
    const touch = event.changedTouches[0];
    if (!from || !touch || innerWidth > 1023) return;
    const [x, y] = [touch.clientX - from.x, touch.clientY - from.y];
    if (y < -36 && Math.abs(y) > Math.abs(x)) commands.now?.();
    else if (Math.abs(x) > 56) commands[x < 0 ? "next" : "previous"]?.();
  }, { passive: true });
  one(".player-names")!.addEventListener("click", (event) => {
    if (innerWidth <= 1023) {
      event.preventDefault();
      commands.now?.();
    }
  }, true);
}

bindBar(engine);
bindQueue(engine);
bindMenus();
bindMediaSession(engine);
bindPages();
bindSwipe();
bindSound(engine);
bindKeys(engine, { search: () => search.open(), run: (command) => commands[command]?.() });
const { mark } = bindTracks(engine);
onPage(mark);
engine.listen({ changed: remember });
