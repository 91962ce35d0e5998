import { create } from 'zustand';
import { keep, kept } from '@/lib/drafts';

const KEY = 'alertSound';

/** Whether new alerts are to be heard on this machine. Chosen by a click, which is also what browsers wait for. */
export const useSoundWish = create<{ wanted: boolean }>(() => ({ wanted: kept(KEY) === true }));

export function wishSound(wanted: boolean): void {
  keep(KEY, wanted);
  useSoundWish.setState({ wanted });
}
