/** Who has a lock (lwkt.md §5). Elsewhere that is a thread; here it is whatever the program makes an owner for. */
export class Owner {
  /** For error texts and status. */
  readonly label: string;

  constructor(label = 'owner') {
    this.label = label;
  }
}
