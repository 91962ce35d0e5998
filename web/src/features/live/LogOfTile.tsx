import { LogHere } from '@/components/duty/LogHere';
import { serverNowUs } from '@/lib/clock';
import { useKnownChannels } from './channelStates';
import { useWall } from './wall';

/** Write into the duty log with the camera of the chosen tile, or the first on the wall, now. */
export const LogOfTile = () => <LogHere momentNow={momentOn} />;

function momentOn() {
  const { slots, focused, enlarged } = useWall.getState();
  const id = slots[enlarged ?? focused] ?? slots.find((one) => one !== null);
  if (!id) return null;
  return { channelId: id, name: useKnownChannels.getState().channels.get(id)?.name ?? '', us: serverNowUs() };
}
