/**
 * The keys of the page that is open, in one place: what is listed here acts, and what acts is listed (`?` shows it).
 *
 * Single keys do nothing while somebody types; combinations with Ctrl do.
 */
import { useEffect, useRef } from 'react';
import { create } from 'zustand';

export interface PageKey {
  /** As `KeyboardEvent.key` names them, letters small, `Ctrl+` before: any of them acts. */
  keys: readonly string[];
  /** What it does, in words. */
  does: string;
  /** Without it an element that has the focus acts on its own. False: not now, the key keeps its own meaning. */
  act?: (event: KeyboardEvent) => unknown;
  /** Also where a button or a link has the focus, for keys that mean nothing there. Typing always comes first. */
  overControls?: boolean;
}

export interface KeyGroup {
  title: string;
  keys: readonly PageKey[];
}

export const useKeyGroups = create<{ groups: readonly KeyGroup[] }>(() => ({ groups: [] }));

const typesText = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || target.closest('input:not([type=radio],[type=checkbox]),textarea,select') !== null);

/** What a button, a link, a dialog or a menu does with these by itself. */
const OWN_OF_CONTROLS = new Set([' ', 'Enter', 'Escape']);
const onControl = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.closest('button,a,summary,[role=menuitem],[role=tab],[role=option]') !== null;

/** Under a dialog the page keeps still. A closed dialog may stay in the document, without a box. */
const underDialog = (): boolean =>
  [...document.querySelectorAll('[role=dialog][aria-modal=true]')].some((dialog) => dialog.getClientRects().length > 0);

/** What a Chinese input method types with the keys of these signs, where Unicode does not say so itself. */
const SIGN_OF: Record<string, string> = { '。': '.', '、': '/', '【': '[', '】': ']' };
const plain = (sign: string): string => SIGN_OF[sign] ?? sign.normalize('NFKC').toLowerCase();

/** `Ctrl+k`, `ArrowLeft`, `Shift+ArrowLeft`, `?`: what was pressed, as the tables write it. */
export function nameOf(event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>): string {
  const key = event.key.length === 1 ? plain(event.key) : event.key;
  // A character carries its Shift in itself: `?` is `?` on every keyboard.
  const shift = event.shiftKey && event.key.length > 1 ? 'Shift+' : '';
  return `${event.ctrlKey || event.metaKey ? 'Ctrl+' : ''}${event.altKey ? 'Alt+' : ''}${shift}${key}`;
}

/** The keys of a page or a part of it, while it is shown. The table may be made anew with each rendering. */
export function useKeys(title: string, keys: readonly PageKey[], enabled = true): void {
  const latest = useRef(keys);
  latest.current = keys;
  const shown = keys.map(({ keys: names, does }) => `${names.join(' ')}=${does}`).join('\n');
  // biome-ignore lint/correctness/useExhaustiveDependencies: `shown` is what the list shows of `keys`
  useEffect(() => {
    if (!enabled) return;
    const group: KeyGroup = { title, keys: latest.current };
    useKeyGroups.setState(({ groups }) => ({ groups: [...groups, group] }));
    return () => useKeyGroups.setState(({ groups }) => ({ groups: groups.filter((one) => one !== group) }));
  }, [title, shown, enabled]);
  useEffect(() => {
    if (!enabled) return;
    const pressed = (event: KeyboardEvent) => {
      if (!event.defaultPrevented && acted(event, latest.current)) event.preventDefault();
    };
    window.addEventListener('keydown', pressed);
    return () => window.removeEventListener('keydown', pressed);
  }, [enabled]);
}

function acted(event: KeyboardEvent, keys: readonly PageKey[]): boolean {
  const name = nameOf(event);
  const key = keys.find((one) => one.act && one.keys.includes(name));
  if (!key?.act) return false;
  const single = !name.startsWith('Ctrl+');
  if (single && (typesText(event.target) || underDialog())) return false;
  if (!key.overControls && OWN_OF_CONTROLS.has(event.key) && onControl(event.target)) return false;
  return key.act(event) !== false;
}
