// ExpWorkerThread: the loop of a system worker, and what is checked after each routine (KRN-41).
import { i32 as words } from '../../mem/memory.ts';
import { kernelStackTop, pushFrame } from '../../mem/stack.ts';
import { routineName, routineTable } from '../../mem/routine.ts';
import { checkApcBalance, combinedApcDisable, deliverApcsIfPossible } from '../ke/apc.ts';
import { IRQL_NOT_LESS_OR_EQUAL, KMODE_EXCEPTION_NOT_HANDLED } from '../ke/bug-check-codes.ts';
import { KeBugCheckEx, MACHINE_RUNNING, expect, machineState } from '../ke/bug-check.ts';
import { RaisedStatus } from '../ke/exception.ts';
import { KeGetCurrentIrql, KeLowerIrql, PASSIVE_LEVEL } from '../ke/irql.ts';
import { KTHREAD, THREAD_IDLE, THREAD_RUNNING, currentThread } from '../ke/prcb.ts';
import { tickCount } from '../ke/time.ts';
import { boot } from '../../mem/boot-options.ts';
import { WORK_QUEUE_ITEM } from './types.ts';
import { QUEUES, WORK_QUEUE, countItem, depthOf, goIdle, hasItem, passOn, popItem, queueOf }
  from './work-queue-root.ts';
import type { Queue } from './work-queue-root.ts';
