/**
 * A run of tracks as one stream, joined at the exact sample.
 *
 * hls.js gets a playlist of our own that grows: one discontinuity per track. Encoder delay and
 * padding are cut off by the source buffer's append window; where the music lies is told by the
 * server in whole samples. The playlist lives in memory; only segments come from the network.
 */
import type Hls from "hls.js";
import type { HlsConfig, Fragment, LoaderContext, LoaderConfiguration, LoaderCallbacks, PlaylistLoaderConstructor } from "hls.js";
import type { Entry } from "./queue.ts";
import type { Play, Span } from "./types.ts";

/** Past this many tracks the drift between hls.js's own count and ours could begin to matter. */
export const LINKS = 8;
const BASE = "/-/chain/";

export interface Link {
  entry: Entry;
  play: Play;
  /** Rendition name -> its media playlist as fetched. */
  lists: Map<string, string>;
}

const stem = (address: string): string => address.replace(/^.*\//, "").replace(/\.m3u8.*$/, "");

async function get(url: URL): Promise<string> {
  const response = await fetch(url, { credentials: "same-origin" });
  if (!response.ok) throw new Error(`${response.status}`);
  return response.text();
}

/** Fetches what a chain needs of one play: its multivariant playlist and all media playlists. */
async function fetchLink(entry: Entry, play: Play): Promise<{ link: Link; master: string }> {
  const address = new URL(play.hls, location.href);
  const master = await get(address);
  const uris = master.split(/\r?\n/).filter((line) => line && !line.startsWith("#"));
  const texts = await Promise.all(uris.map(async (uri) => {
    const url = new URL(uri, address);
    return [stem(uri), absolute(await get(url), url)] as const;
  }));
  return { link: { entry, play, lists: new Map(texts) }, master };
}

/** Only the lines of one track that matter, with whole addresses. */
export function absolute(text: string, base: URL): string {
  const kept: string[] = [];
  for (const line of text.split(/\r?\n/)) {
    const map = /^#EXT-X-MAP:.*URI="([^"]+)"/.exec(line);
    if (map) kept.push(`#EXT-X-MAP:URI="${new URL(map[1]!, base).href}"`);
    else if (line.startsWith("#EXTINF:")) kept.push(line);
    else if (line && !line.startsWith("#")) kept.push(new URL(line, base).href);
  }
  return kept.join("\n");
}

/** One media playlist over all links; it may still grow while `open`. */
export function joined(lists: string[], open: boolean): string {
  const lengths = lists.join("\n").match(/#EXTINF:[\d.]+/g) ?? [];
  const target = Math.max(1, ...lengths.map((one) => Math.round(Number(one.slice(8)))));
  const head = ["#EXTM3U", "#EXT-X-VERSION:7", `#EXT-X-TARGETDURATION:${target}`, "#EXT-X-MEDIA-SEQUENCE:0",
    `#EXT-X-PLAYLIST-TYPE:${open ? "EVENT" : "VOD"}`, "#EXT-X-INDEPENDENT-SEGMENTS"];
  return [...head, lists.join("\n#EXT-X-DISCONTINUITY\n"), ...(open ? [] : ["#EXT-X-ENDLIST"]), ""].join("\n");
}

/** Where one link's samples go on the chain's time line, all in seconds. */
export function placed(spans: Span[], at: number): { from: number; to: number; offset: number } {
  const from = spans.slice(0, at).reduce((sum, span) => sum + span.samples / span.rate, 0);
  const span = spans[at]!;
  return { from, to: from + span.samples / span.rate, offset: from - span.start / span.rate };
}

export class Chain {
  readonly links: Link[];
  readonly source = `${BASE}master.m3u8`;
  readonly #master: string;
  #open = true;

  private constructor(link: Link, master: string) {
    this.links = [link];
    this.#master = master;
  }

  static async begin(entry: Entry, play: Play): Promise<Chain> {
    const { link, master } = await fetchLink(entry, play);
    return new Chain(link, master.replace(/^(?!#)(.+)$/gm, (uri) => `${BASE}${stem(uri)}.m3u8`));
  }

  /** Adds a track behind the last; throws when it lacks a rendition that the chain has. */
  async extend(entry: Entry, play: Play): Promise<void> {
    const { link } = await fetchLink(entry, play);
    for (const name of this.links[0]!.lists.keys()) {
      if (!link.lists.has(name) || !play.gapless?.[name]) throw new Error(`no ${name}`);
    }
    if (this.#open) this.links.push(link);
  }

  get open(): boolean {
    return this.#open && this.links.length < LINKS;
  }

  /** Nothing follows: the stream ends after its last track. */
  close(): void {
    this.#open = false;
  }

  /** Start of a link on the time line, in seconds, for one kind of rendition. */
  start(at: number, lossless: boolean): number {
    const name = [...this.links[0]!.lists.keys()].find((one) => (one === "flac") === lossless);
    if (!name || at === 0) return 0;
    return placed(this.#spans(name), at - 1).to;
  }

  #spans(name: string): Span[] {
    return this.links.map((link) => link.play.gapless![name]!);
  }

  /** hls.js's loader of playlists, which takes ours from memory. */
  loader(Player: typeof Hls): PlaylistLoaderConstructor {
    const answer = (url: string): string => {
      const name = stem(url);
      if (name === "master") return this.#master;
      return joined(this.links.map((link) => link.lists.get(name) ?? ""), this.open);
    };
    const Plain = Player.DefaultConfig.loader;
    return class extends Plain {
      #gone = false;

      constructor(config: HlsConfig) {
        super(config);
      }

      override load(context: LoaderContext, _: LoaderConfiguration, callbacks: LoaderCallbacks<LoaderContext>): void {
        const { stats } = this;
        const now = performance.now();
        const text = answer(context.url);
        Object.assign(stats.loading, { start: now, first: now, end: now });
        stats.loaded = stats.total = text.length;
        queueMicrotask(() => {
          if (!this.#gone) callbacks.onSuccess({ url: context.url, data: text, code: 200 }, stats, context, null);
        });
      }

      override abort(): void {
        this.#gone = true;
      }

      override destroy(): void {
        this.#gone = true;
        super.destroy();
      }
    } as unknown as PlaylistLoaderConstructor;
  }

  /**
   * Cuts every fragment to the music of its track as it is appended. Call before attaching media.
   * The fragment is caught by overriding `trigger`: a listener of ours would come after the append.
   */
  cut(hls: Hls, Player: typeof Hls): void {
    const fragments = new WeakMap<object, Fragment>();
    const trigger = hls.trigger.bind(hls) as (event: string, data: object) => boolean;
    (hls as { trigger: unknown }).trigger = (event: string, data: { data: object; frag: Fragment }) => {
      if (event === Player.Events.BUFFER_APPENDING) fragments.set(data.data, data.frag);
      return trigger(event, data);
    };
    hls.on(Player.Events.BUFFER_CREATED, (_: string, { tracks }: { tracks: { audio?: { buffer?: SourceBuffer } } }) => {
      const buffer = tracks.audio?.buffer;
      if (!buffer) return;
      const append = buffer.appendBuffer.bind(buffer);
      buffer.appendBuffer = (bytes) => {
        const fragment = fragments.get(bytes as object);
        if (fragment && fragment.sn !== "initSegment") this.#window(hls, buffer, fragment);
        append(bytes);
      };
    });
  }

  #window(hls: Hls, buffer: SourceBuffer, fragment: Fragment): void {
    const name = stem(hls.levels[fragment.level]?.uri ?? "");
    if (!this.links[fragment.cc]?.play.gapless?.[name]) return;
    const { from, to, offset } = placed(this.#spans(name), fragment.cc);
    if (buffer.appendWindowStart !== from || buffer.appendWindowEnd !== to) {
      buffer.appendWindowStart = 0;
      buffer.appendWindowEnd = to;
      buffer.appendWindowStart = from;
    }
    if (buffer.timestampOffset !== offset) buffer.timestampOffset = offset;
  }
}
