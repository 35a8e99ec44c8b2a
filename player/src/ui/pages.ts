/** Page changes that keep the player: only <main> and the marked links are exchanged. */
import { all, one } from "./dom.ts";

const places = new Map<string, number>();
let shownPath = location.pathname + location.search;
let arrived: (() => void)[] = [];
let going: AbortController | null = null;

/** Runs after every exchange of the page. */
export function onPage(run: () => void): void {
  arrived = [...arrived, run];
}

export function bindPages(): void {
  history.scrollRestoration = "manual";
  document.addEventListener("click", (event) => {
    const link = (event.target as Element).closest<HTMLAnchorElement>("a[href]");
    if (!link || !takes(link, event)) return;
    event.preventDefault();
    void visit(link.href);
  });
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    if (form.method !== "get" || event.defaultPrevented) return;
    event.preventDefault();
    const query = new URLSearchParams([...new FormData(form)].map(([k, v]) => [k, String(v)]));
    void visit(`${new URL(form.action).pathname}?${query}`);
  });
  addEventListener("popstate", () => void visit(location.href, "back"));
  document.addEventListener("pointerover", (event) => warm(event.target as Element));
  toHash();
}

/** Links that we exchange ourselves: same origin, plain click, a page of the listener. */
function takes(link: HTMLAnchorElement, event: MouseEvent): boolean {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return false;
  if (link.origin !== location.origin || link.target || link.hasAttribute("download")) return false;
  if (link.dataset.open || link.dataset.full !== undefined || link.classList.contains("skip")) return false;
  return !/^\/(console|sign-in|api|static|art)(\/|$)/.test(link.pathname);
}

const fetched = new Map<string, { at: number; page: Promise<Response> }>();

/** A page that the pointer rests on is fetched ahead; it is used for ten seconds. */
function warm(target: Element): void {
  const link = target.closest?.<HTMLAnchorElement>("a[href]");
  if (!link || !takes(link, new MouseEvent("click")) || link.pathname === location.pathname) return;
  const known = fetched.get(link.href);
  if (known && performance.now() - known.at < 10_000) return;
  const page = fetch(link.href, { headers: { accept: "text/html" } });
  page.catch(() => fetched.delete(link.href));
  fetched.set(link.href, { at: performance.now(), page });
}

async function get(url: string, signal: AbortSignal): Promise<Response> {
  const known = fetched.get(url);
  fetched.delete(url);
  if (known && performance.now() - known.at < 10_000) return known.page;
  return fetch(url, { signal, headers: { accept: "text/html" } });
}

/** Goes to a page of ours; the sound goes on. Anything unusual becomes an ordinary page load. */
export async function visit(address: string, how: "go" | "back" = "go"): Promise<void> {
  const url = new URL(address, location.href);
  const here = shownPath;
  if (url.pathname + url.search === here && url.hash) {
    if (how === "go") history.pushState(null, "", url);
    return toHash();
  }
  going?.abort();
  going = new AbortController();
  document.documentElement.toggleAttribute("aria-busy", true);
  try {
    const response = await get(url.href, going.signal);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const main = one("#page", page);
    if (!main || page.body.dataset.shell !== document.body.dataset.shell || response.redirected) throw new Error("another shell");
    places.set(here, scrollY);
    if (how === "go") history.pushState(null, "", url);
    exchange(page, main);
    scrollTo(0, how === "back" ? (places.get(shownPath) ?? 0) : 0);
    if (how === "go") toHash();
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") return;
    location.href = url.href;
  } finally {
    document.documentElement.removeAttribute("aria-busy");
  }
}

function exchange(page: Document, main: HTMLElement): void {
  shownPath = location.pathname + location.search;
  one("#page")!.replaceWith(document.adoptNode(main));
  document.title = page.title;
  for (const link of all<HTMLAnchorElement>(".nav a, .tabbar a")) {
    if (link.pathname === location.pathname) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  for (const menu of all(".menu:popover-open")) menu.hidePopover();
  for (const dialog of all<HTMLDialogElement>("dialog[open]")) dialog.close();
  one("#page")!.focus({ preventScroll: true });
  for (const run of arrived) run();
}

/** A hash names a recording: its row is brought into view and focused. */
function toHash(): void {
  const id = decodeURIComponent(location.hash.slice(1));
  const row = id && one(`.track[data-recording="${CSS.escape(id)}"]`);
  if (!row) return;
  row.scrollIntoView({ block: "center" });
  one<HTMLElement>(".track-play", row)?.focus({ preventScroll: true });
}
