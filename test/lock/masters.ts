import {
  MASTER_ROWS,
  type MasterEffect,
  type MasterEvents,
  type MasterRows,
  type MasterState,
  tellMaster,
} from '../../src/lock/index.ts';
import { must } from '../explorer/rules.ts';
import type { Bounds, Faults } from './bounds.ts';
import type { Parts } from './parts.ts';

export type ToldMaster = {
  [K in Exclude<keyof MasterEvents, 'grantNext'>]: { event: K; about: MasterEvents[K] };
}[Exclude<keyof MasterEvents, 'grantNext'>];

export type MasterTurn = { master: number; effects: readonly MasterEffect[] };

/** The shipped masters: what one does in a state is found out once for each event. */
export class Masters {
  readonly #parts: Parts;
  readonly #recallsAtOnce: boolean;
  readonly #rows: MasterRows;
  readonly #turns = new Map<string, MasterTurn>();

  constructor(parts: Parts, { recallsAtOnce }: Bounds, { master }: Faults) {
    this.#parts = parts;
    this.#recallsAtOnce = recallsAtOnce;
    this.#rows = { ...MASTER_ROWS, ...master };
  }

  turn(from: number, told: ToldMaster): MasterTurn {
    const key = `${from} ${told.event} ${JSON.stringify(told.about)}`;
    let turn = this.#turns.get(key);
    if (turn === undefined) {
      turn = this.#take(from, told);
      this.#turns.set(key, turn);
    }
    return turn;
  }

  #take(from: number, told: ToldMaster): MasterTurn {
    const before = this.#parts.masters.get(from);
    const master: MasterState = { ...before, queue: [...before.queue] };
    const effects: MasterEffect[] = [];
    const host = {
      nextGen: () => master.gen + 1,
      recallsAtOnce: this.#recallsAtOnce,
      emit: (effect: MasterEffect) => effects.push(effect),
    };
    const { event, about } = told as ToldMaster & { event: 'lock'; about: MasterEvents['lock'] };
    tellMaster(master, host, event, about, this.#rows);
    watch(before, master, told, effects);
    return { master: this.#parts.masters.addPlain(master), effects };
  }
}

function watch(
  before: MasterState,
  after: MasterState,
  { event, about }: ToldMaster,
  effects: readonly MasterEffect[],
): void {
  const grants = effects.filter(({ type }) => type === 'granted');
  must(
    'F10 one grant of each generation',
    grants.length === after.gen - before.gen,
    () => `${grants.length} grants, ${after.gen}`,
  );
  must('F1', grants.length <= 1, () => `${grants.length} grants at once`);
  for (const effect of effects) {
    const isWrong = effect.type === 'failed' && effect.code === 'KERN_INVALID_ARGUMENT';
    must('§2.2 one request at a time', !isWrong, () => `keeper ${effect.keeper} asks for what it has or has asked for`);
  }
  if (event !== 'released') return;
  const isAccepted = before.holder !== after.holder || after.gen !== before.gen;
  const isHolders = about.keeper === before.holder && about.gen === before.gen;
  must(
    'F10 one release of each generation',
    !isAccepted || isHolders,
    () => `of ${about.gen} by ${about.keeper}, not ${before.gen}`,
  );
}
