// What the control thread of a scenario does with filters and volumes while applications run. Each
// call is what fltmc would do; a status comes back by name.
import { driverOf, startImage, stopImage } from '../../../image/js-image.ts';
import { FltAttachVolume, FltDetachVolume } from '../../../fltmgr/attach/attach.ts';
import { filterOfDriver } from '../../../fltmgr/attach/filter.ts';
import { statusName } from '../../../ntos/status.ts';
import type { MappedImage } from '../../../image/js-image.ts';
import type { MountedVolume } from '../../../machine/volumes.ts';

export class Control {
  readonly #images: readonly MappedImage[];
  readonly #volumes: readonly MountedVolume[];
  readonly #loaded = new Set<number>();

  constructor(images: readonly MappedImage[], volumes: readonly MountedVolume[]) {
    this.#images = images;
    this.#volumes = volumes;
  }

  #image(index: number): MappedImage {
    const image = this.#images[index];
    if (image === undefined) throw new Error(`the scenario has no filter ${index}`);
    return image;
  }

  /** How many filters there are. */
  get filters(): number {
    return this.#images.length;
  }

  /** Whether a filter is loaded now, as far as this thread did it. */
  isLoaded(index: number): boolean {
    return this.#loaded.has(index);
  }

  /** Starts a filter: its DriverEntry runs here. */
  load(index = 0): string {
    const status = startImage(this.#image(index));
    if (status >= 0) this.#loaded.add(index);
    return statusName(status);
  }

  /** Unloads a filter by its unload callback, which may refuse unless it is mandatory. */
  unload(index = 0, mandatory = false): string {
    const status = stopImage(this.#image(index), mandatory);
    if (status >= 0) this.#loaded.delete(index);
    return statusName(status);
  }

  /** Detaches a filter's highest instance from a volume. */
  detach(index = 0, volume = 0): string {
    const filter = filterOfDriver(driverOf(this.#image(index)));
    return statusName(FltDetachVolume(filter, this.#volume(volume).volume, 0));
  }

  /** Attaches a filter to a volume by hand. */
  attach(index = 0, volume = 0): string {
    const filter = filterOfDriver(driverOf(this.#image(index)));
    return statusName(FltAttachVolume(filter, this.#volume(volume).volume, 0, 0 as never));
  }

  #volume(index: number): MountedVolume {
    const volume = this.#volumes[index];
    if (volume === undefined) throw new Error(`the scenario has no volume ${index}`);
    return volume;
  }
}
