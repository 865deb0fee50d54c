// What a group of facts is: numbered sentences under one prefix, with the pages they were read
// from.

export interface Area {
  /** The prefix of the ids; fact n of the list is `id-n`. */
  readonly id: string;
  readonly title: string;
  /** Folders and pages of the Windows driver documentation. */
  readonly pages: string;
  readonly facts: readonly string[];
}
