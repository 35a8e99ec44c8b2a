/** The keyboard map. Off in fields, in widgets that own the key, and where the listener says so. */
import type { Engine } from "../engine/engine.ts";
import { all, one, typing } from "./dom.ts";

export interface Commands {
  search(): void;
  run(command: string): void;
}

const SEEK = 10;

export function bindKeys(engine: Engine, commands: Commands): void {
  const box = one<HTMLInputElement>('input[name="keys"]');
  if (box) box.checked = engine.settings.keys;
  box?.addEventListener("change", () => engine.setKeys(box.checked));
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented) return;
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      return commands.search();
    }
    if (event.key === "Escape") return escape();
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || !engine.settings.keys) return;
    if (blocked(event)) return;
    if (act(event, engine, commands)) event.preventDefault();
  });
}

/** Buttons own Space and Enter; a modal other than the full view owns everything. */
function blocked(event: KeyboardEvent): boolean {
  const modal = all<HTMLDialogElement>("dialog[open]").at(-1);
  if (modal && modal.id !== "now") return true;
  const on = (event.target as Element).closest?.("button, a, input, summary");
  return event.key === " " && Boolean(on) && !(on instanceof HTMLInputElement && on.type === "range");
}

function escape(): void {
  const drawer = one("#queue");
  if (!one("dialog[open]") && drawer && !drawer.hidden && !one(".menu:popover-open")) {
    one<HTMLButtonElement>('[data-do="queue"]', drawer)?.click();
  }
}

function act(event: KeyboardEvent, engine: Engine, commands: Commands): boolean {
  const shift = event.shiftKey;
  switch (event.key) {
    case " ":
      engine.toggle();
      return true;
    case "ArrowLeft":
    case "ArrowRight":
      if (event.target instanceof HTMLInputElement || !engine.track) return false;
      engine.seek(engine.position + (event.key === "ArrowLeft" ? -SEEK : SEEK));
      return true;
    case "N":
    case "P":
      if (shift) commands.run(event.key === "N" ? "next" : "previous");
      return shift;
    case "/":
      commands.search();
      return true;
    case "?":
      commands.run("keys");
      return true;
    default: {
      const command = { m: "mute", s: "shuffle", r: "repeat", q: "queue", f: "now" }[event.key];
      if (!command || shift) return false;
      commands.run(command);
      return true;
    }
  }
}
