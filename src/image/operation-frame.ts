// The frame around a driver's pre- and post-operation callbacks, which are called for every
// operation. It is made as text, unlike any other, so that V8 keeps what it learns of one callback
// apart from all others and can put the callback's code into the walk (performance.md B4). The
// views that it gives belong to it; a callback that is entered again while it runs gets others.
// A compiled chain calls the callback itself, in a frame of its own (mem/routine-body.ts).
import { noteBody } from '../mem/routine-body.ts';
import { popFrame, pushFrame } from '../mem/stack.ts';
import { FLT_CALLBACK_DATA, FLT_RELATED_OBJECTS } from '../fltmgr/types.ts';
import { driverThrew } from './guard.ts';
import { Out } from './out.ts';
import type { Routine } from '../mem/routine.ts';
import type { View } from '../mem/struct.ts';

type Callback = (
  data: View<typeof FLT_CALLBACK_DATA>, objects: View<typeof FLT_RELATED_OBJECTS>,
  context: never, flags: number,
) => number;

let made = 0;

function text(isPre: boolean): string {
  return `"use strict";// frame ${made++}
let busy=false;
return(d,o,c,f)=>{
if(busy)return again(d,o,c,f);
busy=true;data.address=d;objects.address=o;${isPre ? 'out.address=c;' : ''}
const frame=push();
try{return routine(data,objects,${isPre ? 'out' : 'c,f'});}
catch(thrown){return threw(name,thrown);}
finally{busy=false;pop(frame);}};`;
}

/** A callback as the kernel calls it: with addresses. */
export function operationFrame(name: string, routine: Callback, isPre: boolean): Routine {
  // One deeper: the same again, made when it is first needed.
  let deeper: Routine | undefined;
  const again: Routine = (...args) => {
    deeper ??= operationFrame(name, routine, isPre);
    return deeper(...args);
  };
  const make = new Function('data', 'objects', 'out', 'routine', 'again', 'push', 'pop', 'threw',
    'name', text(isPre));
  const frame = make(FLT_CALLBACK_DATA.at(0), FLT_RELATED_OBJECTS.at(0), new Out(0), routine, again,
    pushFrame, popFrame, driverThrew, name) as Routine;
  noteBody(frame, { name, routine: routine as never, box: isPre ? new Out(0) : null,
    threw: driverThrew });
  return frame;
}
