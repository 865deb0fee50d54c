// What a rule is: a name, and for each kind of event that it cares for a routine that hears it.

/** Hears an event; A to D as trace/event.ts says. */
export type Hear = (a: number, b: number, c: number, d: number) => void;

export interface Rule {
  readonly name: string;
  /** By kind of event. */
  readonly on: Readonly<Record<number, Hear>>;
}
