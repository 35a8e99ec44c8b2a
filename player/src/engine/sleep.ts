/** The sleep timer: after so many minutes, at the end of the track, or of the queue. */
export type Until = "off" | "track" | "queue" | number;

const KEY = "segue.sleep.1";
/** Seconds of the fade at its end. */
export const SLEEP_FADE = 10;

export class Sleep {
  #until: Until = "off";
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #fade: () => void;

  /** `fade` is called when the last seconds begin. A timer that was set survives a reload. */
  constructor(fade: () => void) {
    this.#fade = fade;
    const kept = recall();
    if (typeof kept === "string") this.#until = kept;
    else if (kept > Date.now()) this.#arm(kept);
  }

  /** `track`, `queue`, `off`, or the time at which it is quiet, in ms since 1970. */
  get until(): Until {
    return this.#until;
  }

  /** Whole minutes from now, or an end. */
  set(choice: Until): void {
    clearTimeout(this.#timer);
    if (typeof choice === "number") this.#arm(Date.now() + choice * 60_000);
    else this.#until = choice;
    keep(this.#until);
  }

  #arm(at: number): void {
    this.#until = at;
    this.#timer = setTimeout(() => this.#fade(), Math.max(0, at - SLEEP_FADE * 1000 - Date.now()));
  }
}

function recall(): Until {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? '"off"') as Until;
  } catch {
    return "off";
  }
}

function keep(until: Until): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(until));
  } catch {
    // Full or forbidden: the timer lives as long as the page.
  }
}
