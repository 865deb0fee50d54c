// The workload of every requestor of a race machine: requestor 0 conducts, the others play.
import { parkWhile } from '#src/atomics-sync/park.ts';
import { Conductor } from './conductor.ts';
import { playParts } from './player.ts';
import { RACE_PLAYER, RACE_STAGE, playerAt, sceneOf, stage } from './stage.ts';
import type { Vector } from '#src/lab/oplock-vectors/vector.ts';
import type { SceneResult } from './conductor.ts';
import type { Scene } from './stage.ts';

export interface RaceData {
  readonly vectors: readonly Vector[];
  readonly rounds: number;
  readonly seed: number;
}

const MAX_PROBLEMS = 3;

function conduct(scenes: readonly Scene[], data: RaceData, players: number): SceneResult[] {
  const indices = Array.from({ length: players }, (_, i) => i + 1);
  const nothing = RACE_STAGE.bound.at_Nothing(stage);
  while (indices.some((i) => RACE_PLAYER.bound.Thread(playerAt(i)) === 0)) parkWhile(nothing, 0, 1);
  const conductor = new Conductor(indices);
  const results: SceneResult[] = scenes.map(({ vector }) => ({
    id: vector.id, rounds: 0, problems: [],
    seen: (vector.expectAnyOf ?? [vector.expect]).map(() => 0),
  }));
  try {
    for (let round = 0; round < data.rounds; round++) {
      scenes.forEach((scene, script) => {
        const result = results[script]!;
        const seed = data.seed * 65_537 + round;
        const { alternative, problems } = conductor.play(scene, script, seed);
        result.rounds++;
        if (alternative >= 0) result.seen[alternative]!++;
        if (problems.length > 0 && result.problems.length < MAX_PROBLEMS) {
          result.problems.push(`round ${round}: ${problems.join('; ')}`);
        }
      });
    }
  } finally {
    conductor.curtain();
  }
  return results;
}

/** A requestor's workload; the conductor's result is what came of each script. */
export function theatre(
  data: unknown, context: { readonly index: number; readonly count: number },
): SceneResult[] {
  const raceData = data as RaceData;
  const scenes = raceData.vectors.map(sceneOf);
  if (context.index === 0) return conduct(scenes, raceData, context.count - 1);
  playParts(scenes, context.index);
  return [];
}
