// What a log tells about its volumes: their names, and what volume queries returned.
// Guarantees: the first value printed for a field is kept; a volume counts as soon as an event
// names it.
import type { TraceEvent, VolumeFields } from '../event.ts';
import { upperCase } from '../volume-path.ts';

export class VolumeEvidence {
  readonly #byName = new Map<string, { readonly name: string; fields: VolumeFields }>();

  saw(event: TraceEvent): void {
    const key = upperCase(event.volume);
    let volume = this.#byName.get(key);
    if (volume === undefined) {
      volume = { name: event.volume, fields: {} };
      this.#byName.set(key, volume);
    }
    const { parameters } = event;
    if (event.operation !== 'query-volume-information' || parameters.type !== 'volume') return;
    volume.fields = { ...parameters.fields, ...volume.fields };
  }

  get volumes(): readonly { readonly name: string; readonly fields: VolumeFields }[] {
    return [...this.#byName.values()];
  }
}
