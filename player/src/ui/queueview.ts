/** The queue as a list: the drawer, and the column of the full view. */
import type { Engine } from "../engine/engine.ts";
import { type Entry, upcoming } from "../engine/queue.ts";
import { all, art, clock, h, icon, one, text } from "./dom.ts";
import { toast } from "./toast.ts";

const SHOWN = 150;

export function bindQueue(engine: Engine): void {
  let drawn: unknown[] = [];
  const draw = () => {
    const { queue } = engine;
    const key = [queue.current, queue.user, queue.context, queue.seed];
    if (key.every((part, at) => part === drawn[at])) return;
    drawn = key;
    for (const box of all("[data-queue]")) fill(box, engine);
    const rest = upcoming(queue);
    const seconds = rest.reduce((sum, { entry }) => sum + entry.track.seconds, 0);
    text("[data-queue-sum]", rest.length ? `${rest.length} song${rest.length === 1 ? "" : "s"} · ${clock(seconds)}` : "");
  };
  engine.listen({ changed: draw });
  for (const box of all("[data-queue]")) {
    box.addEventListener("click", (event) => click(event, engine));
    box.addEventListener("keydown", (event) => key(event, engine));
    drag(box, engine);
  }
}

function fill(box: HTMLElement, engine: Engine): void {
  const { queue } = engine;
  const focused = box.contains(document.activeElement)
    ? document.activeElement?.closest<HTMLElement>("[data-uid]")?.dataset.uid : undefined;
  const rest = upcoming(queue);
  const user = rest.filter((item) => item.part === "user").map((item) => item.entry);
  const list = rest.filter((item) => item.part === "context").map((item) => item.entry);
  const parts: Node[] = [];
  if (queue.current) {
    parts.push(h("div", { class: "queue-now" }, head("Now playing"), rows([queue.current], true)));
  }
  if (user.length) parts.push(head("Queued by you", "clear-user"), rows(user));
  if (list.length) {
    const why = `${queue.seed === null ? "Next from" : "Shuffled from"} ${queue.context?.title ?? ""}`;
    parts.push(head(user.length ? why : why, user.length ? "" : "clear"), rows(list.slice(0, SHOWN)));
    if (list.length > SHOWN) parts.push(h("p", { class: "queue-none" }, `And ${list.length - SHOWN} more`));
  }
  if (!rest.length) {
    const words = queue.current ? "Nothing follows. Add tracks from the menu beside them."
      : "Nothing is queued. Play an album, and what follows stands here.";
    parts.push(h("p", { class: "queue-none" }, words));
  }
  box.replaceChildren(...parts);
  if (focused) one(`[data-uid="${CSS.escape(focused)}"] .queue-open`, box)?.focus();
}

function head(title: string, action = ""): HTMLElement {
  const words = h("span", {}, title);
  if (!action) return h("h3", { class: "queue-head" }, words);
  return h("div", { class: "queue-head" }, words, h("button", { class: "text-button", type: "button", "data-clear": true }, "Clear"));
}

function rows(entries: Entry[], now = false): HTMLElement {
  return h("ol", { class: "queue-list" }, ...entries.map((entry, at) => row(entry, entries[at + 1], now)));
}

function row(entry: Entry, after: Entry | undefined, now: boolean): HTMLElement {
  const { track, uid } = entry;
  const seam = !now && track.gapless_next && after?.track.release_id === track.release_id &&
    after.track.number === track.number + 1;
  const names = h("span", { class: "names" },
    h("strong", { dir: "auto" }, track.title),
    h("span", { dir: "auto" }, track.playable ? track.artist : (track.reason ?? "Can’t be played")));
  const open = h("button", { type: "button", class: "queue-open", "data-jump": !now, disabled: now, "aria-label": `Play ${track.title} by ${track.artist}` }, names);
  const classes = ["queue-row", seam && "seam", now && "is-now", !track.playable && "locked"];
  return h("li", { class: classes.filter(Boolean).join(" "), "data-uid": uid, draggable: now ? null : "true" },
    art(track, 96), open, h("time", {}, clock(track.seconds)),
    now ? h("span") : h("button", { type: "button", class: "icon-button", "data-remove": true, "aria-label": `Remove ${track.title}` }, icon("x", 16)));
}

function uidOf(event: Event): string | undefined {
  return (event.target as Element).closest<HTMLElement>("[data-uid]")?.dataset.uid;
}

function click(event: Event, engine: Engine): void {
  const target = event.target as Element;
  const uid = uidOf(event);
  if (target.closest("[data-clear]")) edit(engine, "Queue cleared", () => engine.dispatch({ type: "clear" }));
  else if (uid && target.closest("[data-remove]")) remove(engine, uid);
  else if (uid && target.closest("[data-jump]")) engine.dispatch({ type: "jump", uid });
}

function remove(engine: Engine, uid: string): void {
  const title = upcoming(engine.queue).find((item) => item.entry.uid === uid)?.entry.track.title ?? "Track";
  edit(engine, `${title} removed`, () => engine.dispatch({ type: "remove", uid }));
}

function edit(engine: Engine, message: string, run: () => void): void {
  const before = engine.queue;
  run();
  toast(message, { word: "Undo", run: () => engine.dispatch({ type: "undo", before }) });
}

function key(event: KeyboardEvent, engine: Engine): void {
  const uid = uidOf(event);
  if (!uid) return;
  const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (event.altKey && by) engine.dispatch({ type: "move", uid, by });
  else if (by) step(event.currentTarget as HTMLElement, uid, by);
  else if (event.key === "Delete" || event.key === "Backspace") {
    step(event.currentTarget as HTMLElement, uid, 1);
    remove(engine, uid);
  } else return;
  event.preventDefault();
  event.stopPropagation();
}

function step(box: HTMLElement, uid: string, by: number): void {
  const found = all<HTMLButtonElement>(".queue-open:not(:disabled)", box);
  const at = found.findIndex((node) => node.closest<HTMLElement>("[data-uid]")?.dataset.uid === uid);
  found[at + by]?.focus();
}

/** Dragging with a pointer; keys do the same with Alt and the arrows. */
function drag(box: HTMLElement, engine: Engine): void {
  let from = "";
  const over = () => all(".over", box).forEach((node) => node.classList.remove("over"));
  box.addEventListener("dragstart", (event) => {
    from = uidOf(event) ?? "";
    (event.target as Element).classList.add("dragging");
    if (event.dataTransfer) event.dataTransfer.effectAllowed = "move";
  });
  box.addEventListener("dragover", (event) => {
    const row = (event.target as Element).closest(".queue-row");
    if (!from || !row) return;
    event.preventDefault();
    over();
    row.classList.add("over");
  });
  box.addEventListener("drop", (event) => {
    event.preventDefault();
    const to = uidOf(event);
    const order = upcoming(engine.queue).map((item) => item.entry.uid);
    const a = order.indexOf(from);
    const b = order.indexOf(to ?? "");
    if (a >= 0 && b >= 0 && a !== b) engine.dispatch({ type: "move", uid: from, by: b > a ? b - a - 1 || 1 : b - a });
  });
  box.addEventListener("dragend", () => {
    from = "";
    over();
    all(".dragging", box).forEach((node) => node.classList.remove("dragging"));
  });
}
