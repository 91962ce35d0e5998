import { create } from 'zustand';

interface Asking {
  answer: (proved: boolean) => void;
}

/** Whether the person is being asked to prove to be there: acts that matter wait for it, and then go on. */
export const useProof = create<{ asking: Asking | null }>(() => ({ asking: null }));

let waiting: Promise<boolean> | null = null;

/** Ask once, however many acts wait for the answer; true when the server took the proof. */
export function proofWanted(): Promise<boolean> {
  waiting ??= new Promise<boolean>((resolve) => {
    const answer = (proved: boolean) => {
      waiting = null;
      useProof.setState({ asking: null });
      resolve(proved);
    };
    useProof.setState({ asking: { answer } });
  });
  return waiting;
}
