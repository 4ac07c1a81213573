/** Who sleeps and who has locks (lwkt.md §5): what is a thread elsewhere is here whatever its program says it is. */
export class Owner {
  /** For error texts and status. */
  readonly label: string;

  constructor(label = 'owner') {
    this.label = label;
  }
}
