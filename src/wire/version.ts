/** Peers of one major understand each other; a minor adds rows and extensions the older peer is not sent. */
export const PROTOCOL = { major: 1, minor: 2 } as const;

export type Version = { major: number; minor: number };

/** Why a peer of this version is refused; undefined if it is welcome. */
export function versionRefusal(peer: Version): string | undefined {
  if (peer.major === PROTOCOL.major) return undefined;
  return (
    `this side speaks protocol ${spell(PROTOCOL)}, the peer ${spell(peer)}: ` +
    `run the same major version of easync on both sides`
  );
}

function spell({ major, minor }: Version): string {
  return `${major}.${minor}`;
}
