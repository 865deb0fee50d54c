// What each kind of a fuzzed operation does, by its kind. An act makes one request (or the few that
// only make sense together) and returns its status; what else the application sees it shows.
import { data } from './data.ts';
import { information } from './information.ts';
import { names } from './names.ts';
import { others } from './others.ts';
import type { NTSTATUS } from '../../../ntos/status.ts';
import type { Player } from '../player.ts';
import type { FuzzKind, FuzzOperation } from '../sequence.ts';

export type Act = (player: Player, operation: FuzzOperation) => NTSTATUS;

export const acts: Readonly<Record<FuzzKind, Act>> = { ...names, ...data, ...information,
  ...others };
