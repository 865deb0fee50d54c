// What a thread keeps in JavaScript variables between two calls of the machine, and how it forgets
// it when the machine is booted again in place, after a crash or between two schedules of a hunt:
// the thread may have left the last machine by an exception, anywhere.

const resets: (() => void)[] = [];

/** Says how a room's variables get back to their first values. Called once, at load. */
export function atReboot(reset: () => void): void {
  resets.push(reset);
}

/** Forgets everything of the last machine. Call it before the thread starts its processor. */
export function resetThread(): void {
  for (const reset of resets) reset();
}
