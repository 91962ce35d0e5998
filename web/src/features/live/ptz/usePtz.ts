import { create } from 'zustand';

/** The channel that is turned from this page: one at a time. */
export const usePtz = create<{ channelId: string | null }>(() => ({ channelId: null }));

export const togglePtz = (channelId: string): void =>
  usePtz.setState((now) => ({ channelId: now.channelId === channelId ? null : channelId }));

export const endPtz = (): void => usePtz.setState({ channelId: null });
