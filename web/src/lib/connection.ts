import { create } from 'zustand';

interface Connection {
  lost: boolean;
}

/** Whether the last exchange with the server failed on the way, not by its answer. */
export const useConnection = create<Connection>(() => ({ lost: false }));

export function noteConnection(lost: boolean): void {
  if (useConnection.getState().lost !== lost) useConnection.setState({ lost });
}
