// Loading driver modules in the test's own thread, as the control thread of a machine does. A
// module is mapped once per test file, so a test may start and stop it again and again.
import { mapImage, startImage, stopImage } from '#src/image/js-image.ts';
import { NT_SUCCESS, statusName } from '#src/ntos/status.ts';
import type { MappedImage } from '#src/image/js-image.ts';

/** A driver that can be started and stopped. */
export interface LoadedDriver {
  readonly image: MappedImage;
  start(): void;
  stop(): void;
}

let next = 0;

/** Maps a driver module of src/minifilters, by the name of its file. */
export async function mapDriver(name: string, altitude: string): Promise<LoadedDriver> {
  const module = new URL(`../../src/minifilters/${name}.js`, import.meta.url).href;
  const image = await mapImage(next++, { name, module, altitude });
  const check = (what: string, status: number): void => {
    if (!NT_SUCCESS(status)) throw new Error(`${what} ${name}: ${statusName(status)}`);
  };
  return {
    image,
    start: () => check('start', startImage(image)),
    stop: () => check('stop', stopImage(image)),
  };
}
