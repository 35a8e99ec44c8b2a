/** Popovers beside their button, the theme, copying. Shared by the listener's pages and console. */
import { all, one } from "./dom.ts";
import { toast } from "./toast.ts";

/** Shows a popover at its button, inside the window. */
export function openMenu(menu: HTMLElement, button: Element): void {
  if (menu.matches(":popover-open")) menu.hidePopover();
  const host = button.closest("dialog[open]") ?? document.body;
  if (menu.parentElement !== host) host.append(menu);
  menu.showPopover();
  place(menu, button);
  one<HTMLElement>("button:not([hidden]), a:not([hidden]), input:checked", menu)?.focus({ preventScroll: true });
}

function place(menu: HTMLElement, button: Element): void {
  const at = button.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = menu;
  const start = at.left + width > innerWidth - 8 ? at.right - width : at.left;
  const below = at.bottom + 6 + height < innerHeight - 8;
  menu.style.left = `${Math.max(8, Math.min(start, innerWidth - width - 8))}px`;
  menu.style.top = `${Math.max(8, below ? at.bottom + 6 : at.top - height - 6)}px`;
}

export function bindMenus(): void {
  document.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[popovertarget]");
    const menu = button && document.getElementById(button.getAttribute("popovertarget")!);
    if (!button || !menu) return;
    event.preventDefault();
    if (menu.matches(":popover-open")) menu.hidePopover();
    else openMenu(menu, button);
  });
  document.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-copy]");
    if (button) void copy(button.dataset.copy ?? "");
  });
  document.addEventListener("change", (event) => {
    const input = event.target;
    if (input instanceof HTMLInputElement && input.name === "theme") setTheme(input.value);
  });
  document.addEventListener("keydown", (event) => arrows(event));
}

async function copy(words: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(words);
    toast("Copied");
  } catch {
    toast("The browser did not allow copying. Select the text and copy it.");
  }
}

function setTheme(theme: string): void {
  document.cookie = `theme=${theme}; path=/; max-age=31536000; samesite=lax`;
  document.documentElement.dataset.theme = theme;
}

/** Up and down move inside an open menu. */
function arrows(event: KeyboardEvent): void {
  const menu = one(".menu:popover-open");
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!menu || !by || (event.target as Element).matches("input")) return;
  const items = all<HTMLElement>(".menu-item:not([hidden])", menu);
  if (!items.length) return;
  event.preventDefault();
  const at = items.indexOf(document.activeElement as HTMLElement);
  items[(at + by + items.length) % items.length]?.focus();
}
