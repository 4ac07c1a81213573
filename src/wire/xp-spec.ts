import type { FieldType } from './field-types.ts';

/** What a right in an XP message is, and how it travels. */
export type XpRight = 'send' | 'receive' | 'reply';

/** One row of the XP table. The body is the fields, behind FLAG.RAW; the rights are the message's descriptors after the first two. */
export type XpSpec = {
  /** `header.routine` of the message. */
  readonly id: number;
  /** `kernel`: to the object's port, or the default pager's. `pager`: to the control port that `init` or `create` brought. */
  readonly from: 'kernel' | 'pager';
  readonly since: number;
  readonly when: string;
  readonly rights: Readonly<Record<string, XpRight>>;
  readonly fields: Readonly<Record<string, FieldType>>;
};
