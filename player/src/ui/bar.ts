/** Player bar, mini player and full view: all show one engine. */
import type { Engine } from "../engine/engine.ts";
import { runsInto, upcoming } from "../engine/queue.ts";
import { all, art, clock, h, icon, one, quality, text, tint } from "./dom.ts";
import { left } from "./sound.ts";
import { toast } from "./toast.ts";
import { Scrubber } from "./wave.ts";

const BUSY = new Set(["playing", "loading", "stalled"]);

export function bindBar(engine: Engine): void {
  const scrubbers = all("[data-scrubber]").map((box) => new Scrubber(box, engine));
  const player = one("#player")!;
  let shown = "";

  function changed(): void {
    const { track, phase, queue } = engine;
    player.dataset.phase = phase;
    one("#now")!.dataset.phase = phase;
    for (const node of all(".transport")) node.dataset.repeat = queue.repeat;
    setTransport(engine);
    const key = [track?.recording_id, track?.release_id, engine.refusal, phase === "refused"].join();
    if (key !== shown) {
      showTrack(engine);
      // The colours cross-fade: draw once more when they have arrived.
      window.setTimeout(() => scrubbers.forEach((scrubber) => scrubber.draw(true)), 420);
    }
    shown = key;
    showNext(engine);
    showVolume(engine);
    showSleep(engine);
    const label = engine.loaded ? badge(engine) : "";
    one("[data-now-quality]")!.replaceChildren(
      ...(label ? [h("span", { class: "badge tinted" }, icon("audio-waveform", 14), label)] : []),
    );
    for (const input of all<HTMLInputElement>('input[name="quality"]')) {
      input.checked = input.value === engine.settings.quality;
    }
  }

  function ticked(): void {
    text("[data-elapsed]", clock(engine.position));
    text("[data-remaining]", engine.duration ? `−${clock(engine.duration - engine.position)}` : "0:00");
    showSleep(engine);
    player.style.setProperty("--played", `${(100 * engine.position) / (engine.duration || 1)}%`);
    for (const scrubber of scrubbers) scrubber.draw();
  }

  engine.listen({
    changed,
    ticked,
    told: (message, sticky, action) => {
      const signIn = sticky && message.startsWith("Sign in");
      const href = `/sign-in?next=${encodeURIComponent(location.pathname)}`;
      toast(message, signIn ? { word: "Sign in", href } : action);
    },
  });
  smooth(engine, ticked);
  for (const slider of all<HTMLInputElement>("[data-volume]")) {
    slider.addEventListener("input", () => engine.setVolume(Number(slider.value) / 100));
  }
  document.addEventListener("change", (event) => {
    const input = event.target;
    if (input instanceof HTMLInputElement && input.name === "quality") {
      engine.setQuality(input.value as Engine["settings"]["quality"]);
    }
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", ticked);
}

/** What is heard: not what was delivered, nor what is chosen. */
function badge({ deck, track }: Engine): string {
  const label = quality(deck.rendition);
  return track?.preview ? [`Preview, ${clock(track.seconds)}`, label].filter(Boolean).join(" · ") : label;
}

/** Between the events of the media element the line still moves. */
function smooth(engine: Engine, ticked: () => void): void {
  const frame = () => {
    if (engine.phase === "playing" && !document.hidden) ticked();
    window.setTimeout(() => requestAnimationFrame(frame), 90);
  };
  frame();
}

function setTransport(engine: Engine): void {
  const { track, phase, queue } = engine;
  const busy = BUSY.has(phase);
  for (const button of all<HTMLButtonElement>("[data-do]")) {
    const what = button.dataset.do;
    if (what === "toggle") {
      button.classList.toggle("is-playing", busy);
      button.disabled = !track;
      button.setAttribute("aria-label", busy ? "Pause" : "Play");
      button.toggleAttribute("aria-busy", phase === "loading" || phase === "stalled");
    } else if (what === "previous" || what === "shuffle" || what === "repeat") button.disabled = !track;
    else if (what === "next") button.disabled = !track || upcoming(queue).length === 0 && queue.repeat !== "all";
    else if (what === "now" && button.closest(".player")) button.disabled = !track;
    if (what === "shuffle") button.setAttribute("aria-pressed", String(queue.seed !== null));
    if (what === "repeat") {
      button.setAttribute("aria-pressed", String(queue.repeat !== "off"));
      button.setAttribute("aria-label", `Repeat: ${queue.repeat}`);
    }
  }
}

function showTrack(engine: Engine): void {
  const { track, phase } = engine;
  const bar = one("#player")!;
  const now = one<HTMLDialogElement>("#now")!;
  if (!track) return;
  tint(bar, track);
  tint(now, track);
  tint(one("#queue")!, track);
  const refused = phase === "refused" && engine.refusal !== "";
  text("[data-now-title]", refused ? engine.refusal : track.title);
  text("[data-now-artist]", refused ? track.title : track.artist);
  text("[data-now-album]", track.album);
  const title = one(".player [data-now-title]")!;
  if (!refused) title.replaceChildren(h("a", { href: `/releases/${track.release_id}` }, track.title));
  one("[data-now-art-large]")!.replaceChildren(art(track, 1280));
  one(".player-art")!.replaceChildren(art(track, 96));
  document.documentElement.dataset.playing = `${track.title} – ${track.artist}`;
  if (!refused) text("#live", `${track.title} by ${track.artist}`);
}

function showNext(engine: Engine): void {
  const next = engine.next;
  const runs = runsInto(engine.queue, next);
  for (const box of all("[data-next]")) box.hidden = !next;
  text("[data-next-how]", next ? (runs ? "Next, no gap" : "Next") : "");
  text("[data-next-title]", next?.track.title ?? "");
  text("[data-next-label]", next && runs ? next.track.title : "");
  const place = one("[data-next-art]");
  if (place && next && place.dataset.of !== next.track.release_id) {
    place.dataset.of = next.track.release_id;
    place.replaceChildren(art(next.track, 96));
  }
}

/** When the sleep timer ends, where one runs. */
function showSleep({ sleep }: Engine): void {
  const when = typeof sleep === "number" ? `in ${left(sleep)} min` : `after the ${sleep}`;
  const word = sleep === "off" ? "" : `Sleep ${when}`;
  for (const node of all("[data-sleep]")) {
    if (node.dataset.said === word) continue;
    node.dataset.said = word;
    node.hidden = !word;
    node.replaceChildren(icon("moon", 14), word);
  }
}

function showVolume(engine: Engine): void {
  const { volume, muted } = engine.settings;
  const silent = muted || volume === 0;
  for (const box of all(".volume")) {
    box.classList.toggle("is-silent", silent);
    one("button", box)?.setAttribute("aria-label", silent ? "Unmute" : "Mute");
    const slider = one<HTMLInputElement>("[data-volume]", box)!;
    const shown = silent ? 0 : Math.round(volume * 100);
    slider.value = String(shown);
    slider.style.setProperty("--at", `${shown}%`);
    slider.setAttribute("aria-valuetext", `${shown} percent`);
  }
}
