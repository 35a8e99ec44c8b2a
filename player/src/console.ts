/** The operator's console: moving through rows and findings by keyboard. */
import { all, one, typing } from "./ui/dom.ts";
import { bindLive } from "./ui/live.ts";
import { bindMenus } from "./ui/menus.ts";

let at = -1;

/** Chooses a finding and brings its line of the message into view, or the other way round. */
function choose(number: string, from: "finding" | "line"): void {
  for (const card of all(".finding")) {
    const same = card.dataset.finding === number;
    card.classList.toggle("chosen", same);
    if (same && from === "line") card.scrollIntoView({ block: "nearest" });
  }
  const line = one(`.line .pin[href="#finding-${CSS.escape(number)}"]`)?.closest(".line");
  const code = one(".code");
  if (from === "finding" && line && code) {
    const { top } = line.getBoundingClientRect();
    code.scrollTo({ top: code.scrollTop + top - code.getBoundingClientRect().top - 80 });
  }
}

function step(by: number): void {
  const rows = all("[data-row]");
  const cards = all(".finding");
  const count = rows.length || cards.length;
  if (!count) return;
  at = Math.min(count - 1, Math.max(0, at + by));
  if (rows.length) one<HTMLAnchorElement>("a", rows[at]!)?.focus();
  else {
    cards[at]!.focus({ preventScroll: true });
    cards[at]!.scrollIntoView({ block: "nearest" });
    choose(cards[at]!.dataset.finding!, "finding");
  }
}

document.addEventListener("keydown", (event) => {
  if (typing(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "/" && one("[data-find]")) {
    event.preventDefault();
    one("[data-find]")!.focus();
  } else if (event.key === "j") step(1);
  else if (event.key === "k") step(-1);
});

document.addEventListener("click", (event) => {
  const target = event.target as Element;
  const card = target.closest<HTMLElement>(".finding");
  const pin = target.closest<HTMLAnchorElement>(".line .pin");
  const tick = target.closest<HTMLElement>("[data-tick]");
  if (target.closest("[data-reload]")) location.reload();
  else if (tick) {
    event.preventDefault();
    choose(tick.dataset.tick!, "line");
    choose(tick.dataset.tick!, "finding");
  }
  else if (pin) {
    event.preventDefault();
    choose(pin.hash.slice("#finding-".length), "line");
  } else if (card && !target.closest("button, .finding-foot a")) {
    event.preventDefault();
    at = all(".finding").indexOf(card);
    choose(card.dataset.finding!, "finding");
  }
});

bindMenus();
bindLive();
if (one(".finding")) choose(all(".finding")[++at]!.dataset.finding!, "finding");
