/** The menu of the sound: loudness, crossfade, sleep, output, data. */
import type { Engine } from "../engine/engine.ts";
import type { Target } from "../engine/loudness.ts";
import { ask, canChoose, outputs } from "../engine/output.ts";
import { all, h, one } from "./dom.ts";

const OTHER = "other";

export function bindSound(engine: Engine): void {
  const menu = one("#quality");
  if (!menu) return;
  const acts: Record<string, (value: string) => void> = {
    loudness: (value) => engine.set({ loudness: Number(value) as Target }),
    crossfade: (value) => engine.set({ crossfade: Number(value) }),
    sleep: (value) => engine.setSleep(value === "off" || value === "track" || value === "queue" ? value : Number(value)),
    output: (value) => void (value === OTHER ? other(engine) : engine.set({ output: value })),
  };
  menu.addEventListener("change", (event) => {
    const node = event.target;
    if (node instanceof HTMLSelectElement) acts[node.dataset.sound ?? ""]?.(node.value);
    else if (node instanceof HTMLInputElement && node.dataset.sound === "saver") engine.set({ saver: node.checked });
  });
  engine.listen({ changed: () => show(engine, menu) });
  if (!canChoose()) return;
  one("[data-outputs]", menu)!.hidden = false;
  menu.addEventListener("toggle", () => void list(engine));
}

function show(engine: Engine, menu: HTMLElement): void {
  const { settings, sleep } = engine;
  const values: Record<string, string> = {
    loudness: String(settings.loudness), crossfade: String(settings.crossfade), output: settings.output,
    sleep: typeof sleep === "number" ? String(left(sleep)) : sleep,
  };
  for (const node of all<HTMLSelectElement>("select[data-sound]", menu)) {
    const value = values[node.dataset.sound ?? ""] ?? "";
    if (![...node.options].some((option) => option.value === value) && node.dataset.sound === "sleep") {
      node.append(h("option", { value }, `In ${value} minutes`));
    }
    node.value = value;
  }
  one<HTMLInputElement>('[data-sound="saver"]', menu)!.checked = settings.saver;
}

export const left = (until: number): number => Math.max(1, Math.ceil((until - Date.now()) / 60_000));

/** The devices that the page may name; others after the browser has asked. */
async function list(engine: Engine): Promise<void> {
  const node = one<HTMLSelectElement>('select[data-sound="output"]');
  if (!node) return;
  const found = await outputs().catch(() => []);
  const named = found.filter((one) => one.id !== "default");
  node.replaceChildren(h("option", { value: "" }, "System"),
    ...named.map((one) => h("option", { value: one.id }, one.label)), h("option", { value: OTHER }, "Choose…"));
  node.value = engine.settings.output;
}

async function other(engine: Engine): Promise<void> {
  try {
    const chosen = await ask();
    if (chosen) engine.set({ output: chosen.id });
    else engine.tell("This browser lets the system choose the output.");
  } catch {
    await list(engine);
  }
}
