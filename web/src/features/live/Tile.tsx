import { CloseOutlined, ExpandAltOutlined, ShrinkOutlined } from '@ant-design/icons';
import { type DragEvent, memo, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Channel } from '@/api';
import { Watermark } from '@/components/Watermark';
import { codecName } from '@/lib/codec';
import { liveAddress } from '@/lib/server';
import { DRAGGED_CHANNEL, DRAGGED_PLACE } from './dragging';
import { PtzHolder } from './ptz/PtzHolder';
import { PtzPanel } from './ptz/PtzPanel';
import { PtzTool } from './ptz/PtzTool';
import { usePtz } from './ptz/usePtz';
import { Replay } from './Replay';
import { ReplayTool } from './ReplayTool';
import { SnapshotTool } from './SnapshotTool';
import { SoundTool } from './SoundTool';
import { StillPicture } from './StillPicture';
import { useSound } from './sound';
import styles from './Tile.module.css';
import { TileBadges } from './TileBadges';
import { TileMessage } from './TileMessage';
import { showBranch } from './tree/ChannelTree';
import { useLivePlayer } from './useLivePlayer';
import { useStreamChoice } from './useStreamChoice';
import { useUnseen } from './useUnseen';
import { clearTile, focusTile, type Layout, showChannel, toggleEnlarged } from './wall';

interface TileProps {
  index: number;
  channelId: string | null;
  /** Null while the list is loading or when the channel is not in it any more. */
  channel: Channel | null;
  /** The view that covers the channel. */
  viewId: string | null;
  focused: boolean;
  enlarged: boolean;
  layout: Layout;
  /** Behind an enlarged tile. */
  covered: boolean;
  /** The page is. */
  visible: boolean;
  /** The server was asked about the channel: when it is not known now, there is none. */
  asked: boolean;
  onViewGone: () => void;
}

export const Tile = memo(function Tile(props: TileProps) {
  const { index, channelId, channel, viewId, focused, enlarged, covered, visible, asked } = props;
  const { t } = useTranslation();
  const tile = useRef<HTMLElement>(null);
  const screen = useRef<HTMLDivElement>(null);
  const unseen = useUnseen(tile, covered);
  const suspended = !visible || unseen;
  const sound = useSound((one) => channelId !== null && one.channelId === channelId) && !suspended && !covered;
  const choice = useStreamChoice({ ...props, tile, sound });
  const address = channelId && viewId ? liveAddress(viewId, channelId, { stream: choice.stream, sound }) : null;
  const { state, facts, sounding } = useLivePlayer({
    ...props,
    suspended,
    tile,
    screen,
    address,
    stream: choice.stream,
    sound,
  });
  const { said } = choice;
  useEffect(() => said(state.kind), [said, state.kind]);
  const [replaying, setReplaying] = useState<string | null>(null);
  const again = channelId !== null && replaying === channelId && !suspended;
  const turning = usePtz((one) => channelId !== null && one.channelId === channelId) && !suspended && !again;
  const name = channel?.name ?? (channelId ? t(asked ? 'live.unknownChannel' : 'loading') : t('live.emptyTile'));
  const drop = useDrop(index);
  const message = <TileMessage state={state} empty={!channelId} missing={asked && channelId !== null && !channel} />;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the wall's own keys choose and enlarge (useWallKeys)
    <section
      ref={tile}
      className={`${styles.tile} ${covered ? styles.covered : ''}`}
      aria-label={t('live.tileLabel', { number: index + 1, name, state: t(`live.state.${state.kind}`) })}
      tabIndex={focused ? 0 : -1}
      data-testid="tile"
      data-tone="dark"
      data-tile={index}
      data-channel={channelId ?? ''}
      data-state={state.kind}
      data-suspended={suspended}
      data-focused={focused}
      data-stream={facts?.stream ?? ''}
      data-sound={sounding}
      onFocus={() => focusTile(index)}
      onClick={() => focusTile(index)}
      onDoubleClick={() => toggleEnlarged(index)}
      {...drop}
    >
      <div ref={screen} className={styles.screen} />
      {state.kind === 'unsupported' && channelId && viewId && !suspended ? (
        <StillPicture
          viewId={viewId}
          channelId={channelId}
          codec={codecName(state.mime)}
          subFailed={choice.why === 'failed'}
          width={enlarged ? 1280 : 640}
        >
          {message}
        </StillPicture>
      ) : (
        message
      )}
      {channelId && !again && <Watermark over="live" />}
      {channelId && (
        <TileBadges
          name={name}
          channel={channel}
          state={state}
          facts={facts}
          why={choice.why}
          sounding={sounding}
          tile={tile}
        />
      )}
      {again && <Replay channelId={channelId} name={name} onLive={() => setReplaying(null)} />}
      {turning && channel && <PtzPanel channelId={channel.id} name={channel.name} />}
      {channel?.device.onvif && !turning && !suspended && <PtzHolder channelId={channel.id} />}
      {channelId && (
        // biome-ignore lint/a11y/noStaticElementInteractions: only keeps a double click on a button from the tile
        <div className={styles.tools} onDoubleClick={(event) => event.stopPropagation()}>
          {channel && <SoundTool channel={channel} sounding={sounding} />}
          {channel && <PtzTool channel={channel} />}
          {channel && (
            <ReplayTool name={name} playing={again} onToggle={() => setReplaying(again ? null : channelId)} />
          )}
          {channel && <SnapshotTool viewId={viewId} channel={channel} />}
          <button
            type="button"
            aria-label={t(enlarged ? 'live.shrink' : 'live.enlarge', { name })}
            title={t(enlarged ? 'live.shrink' : 'live.enlarge', { name })}
            onClick={() => toggleEnlarged(index)}
          >
            {enlarged ? <ShrinkOutlined /> : <ExpandAltOutlined />}
          </button>
          <button
            type="button"
            aria-label={t('live.remove', { name })}
            title={t('live.remove', { name })}
            onClick={() => clearTile(index)}
          >
            <CloseOutlined />
          </button>
        </div>
      )}
    </section>
  );
});

function useDrop(index: number) {
  return {
    onDragOver: (event: DragEvent) => {
      const { types } = event.dataTransfer;
      if (types.includes(DRAGGED_CHANNEL) || types.includes(DRAGGED_PLACE)) event.preventDefault();
    },
    onDrop: (event: DragEvent) => {
      const id = event.dataTransfer.getData(DRAGGED_CHANNEL);
      const node = event.dataTransfer.getData(DRAGGED_PLACE);
      if (!id && !node) return;
      event.preventDefault();
      if (id) showChannel(id, index);
      else void showBranch(node, index);
    },
  };
}
