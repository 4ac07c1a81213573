import type { Handlers } from 'easync';

import {
  given,
  givenFlag,
  givenInteger,
  givenMode,
  givenTimes,
  joinPath,
  parseTarget,
  type Path,
  pathOf,
  type Vfs,
} from '../vfs/index.ts';
import { attributesOf } from './attributes.ts';
import type { Names, Sandbox } from './sandbox.ts';

/** Runs `use` with the path's names; what is refused leaves with the operation and the path. */
export type WithNames = <T>(operation: string, path: Path, use: (names: Names) => T) => T;

type PathRoutines =
  | 'stat'
  | 'access'
  | 'readlink'
  | 'realpath'
  | 'mkdir'
  | 'rmdir'
  | 'unlink'
  | 'rename'
  | 'symlink'
  | 'chmod'
  | 'utimes';

/** The routines that need nothing but a path. `checkWritable` throws where nothing may be changed, `checkMode` for what may not be set. */
export function pathHandlers(
  sandbox: Sandbox,
  at: WithNames,
  checkWritable: (operation: string, path: Path) => void,
  checkMode: (operation: string, path: Path, mode: number) => void,
): Pick<Handlers<(typeof Vfs)['routines']>, PathRoutines> {
  const change: WithNames = (operation, path, use) =>
    at(operation, path, (names) => {
      checkWritable(operation, path);
      return use(names);
    });

  return {
    stat(args) {
      const { path, follow } = given('stat', args);
      const isFollowed = givenFlag('stat', 'follow', follow);
      return attributesOf(at('stat', path, (names) => sandbox.stat(names, isFollowed)));
    },
    access(args) {
      const { path, mode } = given('access', args);
      givenInteger('access', 'mode', mode, 7);
      at('access', path, (names) => sandbox.access(names, mode));
      if ((mode & WRITE) !== 0) checkWritable('access', path);
    },
    readlink(args) {
      const { path } = given('readlink', args);
      return { target: pathOf(at('readlink', path, (names) => sandbox.readlink(names))) };
    },
    realpath(args) {
      const { path } = given('realpath', args);
      return {
        path: at('realpath', path, (names) => sandbox.realpath(names))
          .map(pathOf)
          .reduce(joinPath, ''),
      };
    },
    mkdir(args) {
      const { path, mode = 0o777 } = given('mkdir', args);
      givenMode('mkdir', mode);
      change('mkdir', path, (names) => sandbox.mkdir(names, mode));
    },
    rmdir(args) {
      change('rmdir', given('rmdir', args).path, (names) => sandbox.rmdir(names));
    },
    unlink(args) {
      change('unlink', given('unlink', args).path, (names) => sandbox.unlink(names));
    },
    rename(args) {
      const { from, to } = given('rename', args);
      change('rename', from, (source) => change('rename', to, (target) => sandbox.rename(source, target)));
    },
    symlink(args) {
      const { target, path } = given('symlink', args);
      const bytes = parseTarget(target, 'symlink');
      change('symlink', path, (names) => sandbox.symlink(bytes, names));
    },
    chmod(args) {
      const { path, mode } = given('chmod', args);
      givenMode('chmod', mode);
      change('chmod', path, (names) => {
        checkMode('chmod', path, mode);
        sandbox.chmod(names, mode);
      });
    },
    utimes(args) {
      const { path, follow, ...times } = given('utimes', args);
      const isFollowed = givenFlag('utimes', 'follow', follow);
      givenTimes('utimes', times);
      change('utimes', path, (names) => sandbox.utimes(names, times, isFollowed));
    },
  };
}

/** Of access(2). */
const WRITE = 2;
