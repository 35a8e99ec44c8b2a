/** One sentence at a time, with at most one action. Errors that need an action stay. */
import { h, one } from "./dom.ts";

let timer = 0;

export function toast(message: string, action?: { word: string; run?: () => void; href?: string }): void {
  const box = one("#toast");
  if (!box) return;
  const parts: Node[] = [h("span", {}, message)];
  if (action?.href) parts.push(h("a", { href: action.href, "data-full": true }, action.word));
  else if (action?.run) {
    const button = h("button", { type: "button" }, action.word);
    button.addEventListener("click", () => {
      hide();
      action.run?.();
    });
    parts.push(button);
  }
  // A modal dialog covers the page: what is said must be said inside it.
  const top = [...document.querySelectorAll<HTMLDialogElement>("dialog[open]")].at(-1);
  (top ?? document.body).append(box);
  box.replaceChildren(...parts);
  box.hidden = false;
  clearTimeout(timer);
  const wait = () => (timer = window.setTimeout(hide, action ? 10_000 : 6_000));
  box.onmouseenter = () => clearTimeout(timer);
  box.onmouseleave = wait;
  wait();
}

function hide(): void {
  const box = one("#toast");
  if (box) box.hidden = true;
}
