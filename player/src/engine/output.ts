/** Which device the sound comes from, where the browser lets a page choose. */
export interface Output {
  id: string;
  label: string;
}

interface Choosing {
  selectAudioOutput?: () => Promise<MediaDeviceInfo>;
}

export const canChoose = (): boolean => "setSinkId" in HTMLMediaElement.prototype && "mediaDevices" in navigator;

/** The devices that the page may name; the browser's own prompt is asked where it has one. */
export async function outputs(): Promise<Output[]> {
  const found = await navigator.mediaDevices.enumerateDevices();
  return found
    .filter((one) => one.kind === "audiooutput" && one.deviceId)
    .map((one, at) => ({ id: one.deviceId, label: one.label || `Output ${at + 1}` }));
}

export async function ask(): Promise<Output | null> {
  const choosing = navigator.mediaDevices as MediaDevices & Choosing;
  if (!choosing.selectAudioOutput) return null;
  const { deviceId, label } = await choosing.selectAudioOutput();
  return { id: deviceId, label };
}

/** Sends an element's sound to a device; one that has gone gives way to the system's choice. */
export async function send(audio: HTMLMediaElement, id: string): Promise<boolean> {
  if (!("setSinkId" in audio)) return false;
  try {
    await audio.setSinkId(id);
    return true;
  } catch {
    await audio.setSinkId("").catch(() => undefined);
    return false;
  }
}
