import { CloseOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { type ReactNode, type RefObject, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Conductor } from '@/components/player/Conductor';
import { PlaybackPlayer, type PlaybackState } from '@/components/player/PlaybackPlayer';
import { borrowVideo, returnVideo } from '@/components/player/videoPool';
import { readMedia, readSound } from '@/lib/server';
import { dateTimeOf } from '@/lib/time';
import { Screen } from './Screen';
import styles from './Tile.module.css';
import type { RecordedView } from './useRecordedView';

export interface TileListener {
  onSkip: (fromUs: number, toUs: number, epoch: number | null) => void;
  onTurn: (us: number) => void;
  onHeard: (offMs: number) => void;
}

interface TileProps {
  channelId: string;
  name: string;
  conductor: Conductor;
  view: RecordedView;
  /** One of several: with its name, and a way to take it out. */
  among: boolean;
  focused: boolean;
  note: string | null;
  run: string | null;
  obstacle: ReactNode;
  listener: TileListener;
  clock: RefObject<HTMLTimeElement | null> | null;
  onFocus: () => void;
  onRemove: () => void;
  onStart: () => void;
  still: (words: ReactNode, mime: string) => ReactNode;
}

const IDLE: PlaybackState = { kind: 'idle' };

/** One recording on the screen: its player goes by the conductor of the desk. */
export function Tile(props: TileProps) {
  const { channelId, conductor, view, among, focused } = props;
  const { t } = useTranslation();
  const frame = useRef<HTMLDivElement>(null);
  const ownClock = useRef<HTMLTimeElement>(null);
  const clock = props.clock ?? ownClock;
  const [state, setState] = useState<PlaybackState>(IDLE);
  const player = useRef<PlaybackPlayer | null>(null);
  const latest = useRef({ ...props, clock });
  latest.current = { ...props, clock };

  useEffect(() => {
    const video = borrowVideo();
    frame.current?.append(video);
    const made = new PlaybackPlayer(video, {
      onState: (next) => {
        setState(next);
        conductor.stated(channelId, next);
      },
      onSkip: (from, to, run) => latest.current.listener.onSkip(from, to, run),
      onTurn: (us) => latest.current.listener.onTurn(us),
      onViewGone: () => latest.current.view.reopen(latest.current.view.viewId),
      onSound: (sounding) => conductor.sounded(channelId, sounding),
      onHeard: (offMs) => latest.current.listener.onHeard(offMs),
      onFrame: (us, frames, run) => {
        writeClock(latest.current.clock.current, us, frames, latest.current.among);
        conductor.framed(us, run, video.paused);
      },
    });
    player.current = made;
    conductor.join(channelId, made);
    return () => {
      player.current = null;
      conductor.leave(channelId);
      made.dispose();
      returnVideo(video);
      setState(IDLE);
    };
  }, [channelId, conductor]);

  const { viewId } = view;
  useEffect(() => {
    const reading = player.current;
    if (!viewId || !reading) return;
    reading.use(
      (span, signal) => readMedia(viewId, channelId, span, signal),
      (span, signal) => readSound(viewId, channelId, span, signal),
    );
    return () => reading.rest();
  }, [viewId, channelId]);

  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the digits choose a tile by the keyboard
    <section
      className={`${styles.tile} ${among && focused ? styles.focused : ''}`}
      aria-label={props.name}
      data-testid="tile"
      data-channel={channelId}
      data-focused={focused}
      data-state={state.kind}
      onClick={props.onFocus}
    >
      <Screen
        frame={frame}
        clock={clock}
        state={state}
        viewError={view.error}
        note={focused ? props.note : null}
        run={props.run}
        obstacle={props.obstacle}
        small={among}
        onStart={props.onStart}
        still={props.still}
      />
      {among && (
        <header className={styles.head}>
          <span className={styles.name}>{props.name}</span>
          <Button
            type="text"
            size="small"
            icon={<CloseOutlined />}
            aria-label={t('wall.remove', { name: props.name })}
            onClick={(event) => {
              event.stopPropagation();
              props.onRemove();
            }}
          />
        </header>
      )}
    </section>
  );
}

/** The overlay says when the picture was taken. Written with each frame, so that it is never ahead of it. */
function writeClock(clock: HTMLTimeElement | null, us: number, frames: number, short: boolean): void {
  if (!clock) return;
  const words = short ? dateTimeOf(us).slice(5) : dateTimeOf(us);
  if (clock.textContent !== words) clock.textContent = words;
  clock.dataset.wallUs = String(us);
  clock.dataset.frames = String(frames);
}
