/** How much louder or softer a track is played, so that all sound alike. Pure. */
import type { Loudness, Play } from "./types.ts";

/** Target in LUFS; 0 is off. */
export type Target = 0 | -19 | -14 | -11;
export const TARGETS: readonly Target[] = [0, -19, -14, -11];

/** dBTP that a track that is made louder may reach. */
const CEILING = -1;

/** Gain in dB: down to the target without limit, up to it as far as the peak allows. */
export function gainFor(loudness: Loudness | null | undefined, target: Target): number {
  if (!target || !loudness || loudness.integrated <= -70) return 0;
  const wanted = target - loudness.integrated;
  return wanted <= 0 ? wanted : Math.max(0, Math.min(wanted, CEILING - loudness.true_peak));
}

/** Gain in dB of a play; in an album its tracks keep their relations. */
export function gainOf(play: Play, target: Target, album: boolean): number {
  const { track, album: whole } = play.loudness ?? { track: null, album: null };
  return gainFor(album && whole ? whole : track, target);
}

export const factor = (decibels: number): number => (decibels === 0 ? 1 : 10 ** (decibels / 20));
