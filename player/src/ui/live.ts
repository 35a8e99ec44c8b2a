/** Keeps parts of a console page up to date without moving what somebody reads or points at.
 *
 * A part is `[data-live]`; every ten seconds the page is fetched anew and the part replaced, unless
 * it has the focus, is under the pointer, or the page is scrolled: then a pill says what is new.
 */
import { all, h, one } from "./dom.ts";

const EVERY_MS = 10_000;
const AT_TOP = 40;

let pill: HTMLElement | null = null;

export function bindLive(): void {
  if (!one("[data-live]")) return;
  const look = async () => {
    if (!document.hidden) await refresh();
    window.setTimeout(look, EVERY_MS);
  };
  window.setTimeout(look, EVERY_MS);
}

async function refresh(): Promise<void> {
  try {
    const answer = await fetch(location.href, { headers: { accept: "text/html" } });
    if (answer.redirected) return location.reload(); // signed out meanwhile
    if (!answer.ok) throw new Error(String(answer.status));
    take(new DOMParser().parseFromString(await answer.text(), "text/html"));
    say("Live", true);
  } catch {
    say("Not live: no answer", false);
  }
}

function say(text: string, well: boolean): void {
  const state = one("[data-live-state]");
  if (!state || state.dataset.said === text) return;
  state.dataset.said = text;
  state.classList.toggle("bad", !well);
  one("span", state)!.textContent = text;
}

function take(fresh: Document): void {
  for (const part of all("[data-live]")) {
    const next = one(`[data-live="${CSS.escape(part.dataset.live ?? "")}"]`, fresh);
    if (!next) return location.reload(); // the page has another shape now
    if (next.innerHTML === part.innerHTML) continue;
    const known = new Set(all("[data-row]", part).map((row) => row.dataset.row));
    const added = all("[data-row]", next).filter((row) => !known.has(row.dataset.row));
    if (part.dataset.live !== "always" && busy(part)) {
      if (added.length) offer(added.length);
      continue;
    }
    for (const row of added) row.classList.add("fresh");
    part.replaceChildren(...next.childNodes);
    pill?.remove();
  }
}

function busy(part: HTMLElement): boolean {
  return part.contains(document.activeElement) || part.matches(":hover") || window.scrollY > AT_TOP;
}

function offer(count: number): void {
  pill?.remove();
  pill = h("button", { class: "button primary small news", type: "button" }, `${count} new`);
  pill.addEventListener("click", () => {
    window.scrollTo({ top: 0 });
    location.reload();
  });
  document.body.append(pill);
}
