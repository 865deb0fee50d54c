// Merges the .cpuprofile files that V8 writes, one per thread, into one document in the format of
// speedscope: a profile per thread, over one table of frames.

/** The part of a .cpuprofile that is used. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string;
      readonly lineNumber: number };
    readonly children?: readonly number[];
  }[];
  readonly samples: readonly number[];
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[];
}

export interface Speedscope {
  readonly $schema: string;
  readonly name: string;
  readonly exporter: string;
  readonly shared: { readonly frames: readonly { name: string; file: string; line: number }[] };
  readonly profiles: readonly {
    readonly type: 'sampled';
    readonly name: string;
    readonly unit: 'microseconds';
    readonly startValue: number;
    readonly endValue: number;
    readonly samples: readonly (readonly number[])[];
    readonly weights: readonly number[];
  }[];
}

/** @param profiles by the name under which a thread is shown. */
export function mergeProfiles(profiles: Readonly<Record<string, CpuProfile>>): Speedscope {
  const frames: { name: string; file: string; line: number }[] = [];
  const known = new Map<string, number>();
  const frameOf = (node: CpuProfile['nodes'][number]): number => {
    const { functionName, url, lineNumber } = node.callFrame;
    const key = `${functionName}\n${url}\n${lineNumber}`;
    const index = known.get(key) ?? frames.length;
    if (index === frames.length) {
      frames.push({ name: functionName || '(anonymous)', file: url, line: lineNumber + 1 });
      known.set(key, index);
    }
    return index;
  };
  const made = Object.entries(profiles).map(([name, profile]) => {
    const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
    const parents = new Map(profile.nodes.flatMap((node) =>
      (node.children ?? []).map((child) => [child, node.id] as const)));
    const stacks = new Map<number, number[]>();
    const stackOf = (id: number): number[] => {
      const before = stacks.get(id);
      if (before !== undefined) return before;
      const parent = parents.get(id);
      const stack = [...(parent === undefined ? [] : stackOf(parent)), frameOf(nodes.get(id)!)];
      stacks.set(id, stack);
      return stack;
    };
    const weights = profile.timeDeltas.map((delta) => Math.max(0, delta));
    return { type: 'sampled' as const, name, unit: 'microseconds' as const, startValue: 0,
      endValue: weights.reduce((sum, weight) => sum + weight, 0),
      samples: profile.samples.map(stackOf), weights };
  });
  return { $schema: 'https://www.speedscope.app/file-format-schema.json', name: 'fltlab',
    exporter: 'fltlab', shared: { frames }, profiles: made };
}
