/** Search as you type: a combobox in a dialog. Old results stay until new ones arrive. */
import { type Answer, getRelease, search } from "../engine/api.ts";
import type { Engine } from "../engine/engine.ts";
import { entryOf } from "../engine/queue.ts";
import { type Hit, tracksOf } from "../engine/types.ts";
import { all, art, h, icon, one, tint } from "./dom.ts";
import { visit } from "./pages.ts";
import { toast } from "./toast.ts";

const WAIT_MS = 60;
const LIMIT = 20;
/** Of one kind there is room for more. */
const LIMIT_OF_KIND = 50;
const RECENT = "segue.searches.1";
const GROUPS: [Hit["kind"], string, string][] = [
  ["recording", "Songs", "Song"], ["release", "Albums", "Album"], ["party", "Artists", "Artist"],
];

export class Search {
  readonly #dialog = one<HTMLDialogElement>("#search")!;
  readonly #input = one<HTMLInputElement>("input", this.#dialog)!;
  readonly #list = one("#search-list")!;
  readonly #preview = one(".search-preview", this.#dialog)!;
  readonly #count = one(".search-count", this.#dialog)!;
  readonly #engine: Engine;
  #hits: Hit[] = [];
  #kind = "";
  #chosen = -1;
  #timer = 0;
  #going: AbortController | null = null;

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#input.addEventListener("input", () => {
      clearTimeout(this.#timer);
      this.#timer = window.setTimeout(() => void this.#ask(), WAIT_MS);
    });
    this.#input.addEventListener("keydown", (event) => this.#key(event));
    one(".search-kinds", this.#dialog)!.addEventListener("click", (event) => this.#only(event));
    this.#list.addEventListener("pointermove", (event) => this.#point(event));
    this.#list.addEventListener("click", (event) => this.#click(event));
    this.#preview.addEventListener("click", (event) => this.#previewClick(event));
    this.#dialog.addEventListener("click", (event) => {
      if (event.target === this.#dialog) this.close();
    });
  }

  open(): void {
    if (this.#dialog.open) return;
    this.#dialog.showModal();
    this.#input.select();
    if (!this.#input.value) this.#recent();
  }

  close(): void {
    this.#dialog.close();
  }

  /** Shows one kind of result, or all. */
  #only(event: Event): void {
    const button = (event.target as Element).closest<HTMLElement>("[data-kind]");
    if (!button) return;
    this.#kind = button.dataset.kind ?? "";
    for (const each of all("[data-kind]", this.#dialog)) each.setAttribute("aria-pressed", String(each === button));
    this.#input.focus();
    void this.#ask();
  }

  async #ask(): Promise<void> {
    const query = this.#input.value.trim();
    this.#going?.abort();
    if (!query) return this.#recent();
    this.#going = new AbortController();
    try {
      const answer = await search(query, this.#kind ? LIMIT_OF_KIND : LIMIT, this.#going.signal);
      const hits = answer.hits.filter((hit) => !this.#kind || hit.kind === this.#kind);
      this.#show({ ...answer, hits }, query);
    } catch (error) {
      if (error instanceof DOMException && error.name === "AbortError") return;
      this.#note("Search did not answer.", "Try again in a moment.");
    }
  }

  #show(answer: Answer, query: string): void {
    const [top, ...rest] = answer.hits;
    this.#hits = [];
    if (!top) {
      this.#count.textContent = "No results";
      const other = this.#kind ? "Look among all kinds, or try another spelling." : "Try fewer letters, or another spelling.";
      return this.#note(`Nothing found for “${query}”.`, other);
    }
    const parts: Node[] = [h("h3", { role: "presentation" }, "Top result"), this.#option(top, query)];
    for (const [kind, title] of GROUPS) {
      const some = rest.filter((hit) => hit.kind === kind);
      if (some.length) parts.push(h("h3", { role: "presentation" }, title), ...some.map((hit) => this.#option(hit, query)));
    }
    this.#list.replaceChildren(...parts);
    this.#input.setAttribute("aria-expanded", "true");
    const took = Math.max(1, Math.round(answer.took_ms));
    this.#count.textContent = `${answer.hits.length} result${answer.hits.length === 1 ? "" : "s"} in ${took} ms`;
    this.#choose(0);
  }

  #option(hit: Hit, query: string): HTMLElement {
    const at = this.#hits.push(hit) - 1;
    const kind = GROUPS.find(([name]) => name === hit.kind)?.[2] ?? "";
    const picture = hit.kind === "party" ? h("span", { class: "art art-none person" }, icon("mic-vocal", 18)) : art(hit, 96);
    const under = hit.kind === "party" ? "Artist" : hit.playable ? hit.artist : `${hit.artist} · ${hit.reason ?? "Can’t be played here"}`;
    const node = h("div", { class: hit.playable || hit.kind === "party" ? "hit" : "hit locked", role: "option", id: `hit-${at}`, "data-hit": at, "aria-selected": "false" },
      picture,
      h("span", { class: "names" }, h("strong", { dir: "auto" }, ...marked(hit.title, query)), h("span", { dir: "auto" }, under)),
      h("span", { class: "kind" }, kind), icon("corner-down-left", 16));
    tint(node, hit);
    return node;
  }

  #note(strong: string, more: string): void {
    this.#hits = [];
    this.#chosen = -1;
    this.#list.replaceChildren(h("p", { class: "search-note" }, h("strong", {}, strong), ` ${more}`));
    this.#preview.replaceChildren();
    this.#input.setAttribute("aria-expanded", "false");
    this.#input.removeAttribute("aria-activedescendant");
  }

  #recent(): void {
    this.#count.textContent = "";
    const words = readRecent();
    if (!words.length) return this.#note("Find anything by name.", "Typing mistakes are fine; ISRC and UPC work too.");
    this.#note("", "");
    this.#list.replaceChildren(h("h3", { role: "presentation" }, "Recent searches"),
      ...words.map((word) => h("div", { class: "hit", role: "option", "data-word": word, "aria-selected": "false" },
        h("span", { class: "art art-none" }, icon("history", 18)), h("span", { class: "names" }, h("strong", {}, word)))));
  }

  #choose(at: number): void {
    const hit = this.#hits[at];
    if (!hit || at === this.#chosen && this.#list.querySelector('[aria-selected="true"]')) return;
    this.#chosen = at;
    for (const node of all("[data-hit]", this.#list)) {
      const same = node.dataset.hit === String(at);
      node.setAttribute("aria-selected", String(same));
      if (same) node.scrollIntoView({ block: "nearest" });
    }
    this.#input.setAttribute("aria-activedescendant", `hit-${at}`);
    this.#look(hit);
  }

  #look(hit: Hit): void {
    tint(this.#preview, hit);
    if (hit.kind === "party") return this.#preview.replaceChildren();
    const play = h("button", { class: "button primary", type: "button", tabindex: "-1", "data-act": "play", disabled: !hit.playable }, icon("play", 16, "fill"), "Play");
    const open = h("button", { class: "button outline", type: "button", tabindex: "-1", "data-act": "open" }, "Open");
    this.#preview.replaceChildren(art(hit, 640), h("strong", { dir: "auto" }, hit.title), h("p", { dir: "auto" }, hit.artist),
      ...(hit.playable ? [] : [h("p", { class: "why" }, hit.reason ?? "")]), h("div", { class: "preview-actions" }, play, open));
  }

  #key(event: KeyboardEvent): void {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by) {
      event.preventDefault();
      const count = this.#hits.length;
      if (count) this.#choose((this.#chosen + by + count) % count);
    } else if (event.key === "Enter") {
      event.preventDefault();
      const hit = this.#hits[this.#chosen];
      if (!hit) return void this.#ask();
      if (event.shiftKey) void this.#next(hit);
      else if (event.ctrlKey || event.metaKey) void this.#play(hit);
      else this.#open(hit);
    }
  }

  #point(event: PointerEvent): void {
    const at = (event.target as Element).closest<HTMLElement>("[data-hit]")?.dataset.hit;
    if (at !== undefined && event.pointerType === "mouse") this.#choose(Number(at));
  }

  #click(event: Event): void {
    const node = (event.target as Element).closest<HTMLElement>("[data-hit], [data-word]");
    if (node?.dataset.word !== undefined) {
      this.#input.value = node.dataset.word;
      this.#input.focus();
      void this.#ask();
    } else if (node) this.#open(this.#hits[Number(node.dataset.hit)]!);
  }

  #previewClick(event: Event): void {
    const act = (event.target as Element).closest<HTMLElement>("[data-act]")?.dataset.act;
    const hit = this.#hits[this.#chosen];
    if (hit && act === "play") void this.#play(hit);
    else if (hit && act === "open") this.#open(hit);
  }

  #remember(): void {
    const word = this.#input.value.trim();
    if (!word) return;
    const words = [word, ...readRecent().filter((other) => other !== word)].slice(0, 8);
    try {
      localStorage.setItem(RECENT, JSON.stringify(words));
    } catch {
      // Recent searches are a convenience.
    }
  }

  #open(hit: Hit): void {
    this.#remember();
    if (hit.kind === "party") {
      this.#input.value = hit.title;
      return void this.#ask();
    }
    this.close();
    const id = hit.release_id ?? hit.id;
    void visit(`/releases/${encodeURIComponent(id)}${hit.kind === "recording" ? `#${encodeURIComponent(hit.id)}` : ""}`);
  }

  async #tracks(hit: Hit) {
    const release = await getRelease(hit.release_id ?? hit.id);
    const list = tracksOf(release);
    const at = Math.max(0, list.findIndex((track) => track.recording_id === hit.id));
    return { release, list, at };
  }

  async #play(hit: Hit): Promise<void> {
    this.#remember();
    this.close();
    try {
      const { release, list, at } = await this.#tracks(hit);
      this.#engine.playTracks(release.id, release.title, list, at);
    } catch (error) {
      toast(error instanceof Error ? error.message : "That did not load.");
    }
  }

  async #next(hit: Hit): Promise<void> {
    if (hit.kind === "party" || !hit.playable) return;
    try {
      const { list, at } = await this.#tracks(hit);
      const chosen = hit.kind === "recording" ? list.slice(at, at + 1) : list.filter((track) => track.playable);
      this.#engine.dispatch({ type: "playNext", entries: chosen.map(entryOf) });
      toast(`${hit.title} plays next`);
    } catch (error) {
      toast(error instanceof Error ? error.message : "That did not load.");
    }
  }
}

function readRecent(): string[] {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(RECENT) ?? "[]");
    return Array.isArray(found) ? found.filter((one): one is string => typeof one === "string") : [];
  } catch {
    return [];
  }
}

/** The title with the parts that begin like a word of the query marked. */
export function marked(title: string, query: string): (Node | string)[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return title.split(/(\s+)/).flatMap((piece) => {
    const lower = piece.toLowerCase();
    const hit = words.filter((word) => lower.startsWith(word)).sort((a, b) => b.length - a.length)[0];
    return hit ? [h("mark", {}, piece.slice(0, hit.length)), piece.slice(hit.length)] : [piece];
  });
}
