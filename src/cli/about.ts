// What a command is told by the program it belongs to.

export interface About {
  readonly version: string;
  /** Sets the exit code of the process. */
  readonly finish: (code: number) => void;
}
