/** Small helpers over the DOM. Text always goes in as text, never as markup. */
import { isFlac } from "../engine/layout.ts";
import type { Rendition } from "../engine/types.ts";

type Child = Node | string | null | undefined | false;

export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, string | number | boolean | null | undefined> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) node.setAttribute(name, "");
    else if (value !== false && value != null) node.setAttribute(name, String(value));
  }
  node.append(...children.filter((child): child is Node | string => child != null && child !== false));
  return node;
}

const SVG = "http://www.w3.org/2000/svg";

export function icon(name: string, size = 18, extra = ""): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `${document.documentElement.dataset.icons ?? ""}#${name}`);
  svg.setAttribute("class", `icon ${extra}`.trim());
  svg.setAttribute("width", String(size));
  svg.setAttribute("height", String(size));
  svg.setAttribute("aria-hidden", "true");
  svg.append(use);
  return svg;
}

export function one<T extends Element = HTMLElement>(selector: string, root: ParentNode = document): T | null {
  return root.querySelector<T>(selector);
}

export function all<T extends Element = HTMLElement>(selector: string, root: ParentNode = document): T[] {
  return [...root.querySelectorAll<T>(selector)];
}

export function art(item: { artwork: string | null }, size: 96 | 320 | 640 | 1280): HTMLElement {
  if (!item.artwork) return h("span", { class: "art art-none" }, icon("disc-3", 20));
  return h("img", { class: "art", src: `${item.artwork}/${size}.webp`, alt: "", width: size, height: size, decoding: "async" });
}

export function tint(node: HTMLElement, item: { hue: number; chroma: number }): void {
  node.style.setProperty("--art-h", item.hue.toFixed(1));
  node.style.setProperty("--art-c", item.chroma.toFixed(3));
}

/** `4:38`, `1:02:03`. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const tail = `${String(whole % 60).padStart(2, "0")}`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}:${tail}`;
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${tail}`;
}

/** `1 minute 47`, for screen readers. */
export function spoken(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const minutes = Math.floor(whole / 60);
  const rest = whole % 60;
  if (!minutes) return `${rest} second${rest === 1 ? "" : "s"}`;
  return `${minutes} minute${minutes === 1 ? "" : "s"} ${rest}`;
}

/** `Lossless 24/48`, or the step of the ladder that is nearest to its bit rate: `AAC 256`. */
export function quality(heard: Rendition | null): string {
  if (!heard) return "";
  if (isFlac(heard)) return `Lossless ${heard.bits || 16}/${heard.rate / 1000}`;
  const steps = [64, 128, 256];
  const off = steps.map((step) => Math.abs(step * 1000 - heard.average_bandwidth));
  return `AAC ${steps[off.indexOf(Math.min(...off))]}`;
}

export function text(selector: string, value: string): void {
  for (const node of all(selector)) if (node.textContent !== value) node.textContent = value;
}

export function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement &&
    (target.isContentEditable || /^(TEXTAREA|SELECT)$/.test(target.tagName) ||
      (target instanceof HTMLInputElement && !/^(range|checkbox|radio|button|submit)$/.test(target.type)));
}
