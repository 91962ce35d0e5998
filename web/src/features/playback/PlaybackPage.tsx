import type { TFunction } from 'i18next';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import type { Channel } from '@/api';
import { ChannelSelect } from '@/components/ChannelSelect';
import { LogHere } from '@/components/duty/LogHere';
import { Loading } from '@/components/Loading';
import { ProblemNote } from '@/components/ProblemNote';
import { useWriteQuery } from '@/lib/address';
import { useChannel, useChannels } from '@/lib/channels';
import { serverNowUs } from '@/lib/clock';
import { codecName } from '@/lib/codec';
import { durationWords } from '@/lib/duration';
import { inLanguage, useLanguage } from '@/lib/i18n';
import { may, usePerson } from '@/lib/session';
import { dateTimeOf, HOUR_US, MINUTE_US } from '@/lib/time';
import { type Place, placeOfQuery, queryOfPlace } from './address';
import { Controls } from './Controls';
import { useNote, useSpaceKey } from './deskHooks';
import { GoToTime } from './GoToTime';
import styles from './PlaybackPage.module.css';
import { RangeBar } from './RangeBar';
import { ReasonDialog } from './ReasonDialog';
import { Screen } from './Screen';
import { SnapshotHere } from './SnapshotHere';
import { SoundHere, writeHeard } from './SoundHere';
import { StillAt } from './StillAt';
import { causeOf, follow, type Scope, upToNow, xOf } from './timeline/geometry';
import { landIn, repeatedAt } from './timeline/runs';
import { Timeline } from './timeline/Timeline';
import { useMoments } from './timeline/useMoments';
import { useThumbnails } from './timeline/useThumbnails';
import { type Recorded, useTimeline } from './timeline/useTimeline';
import { type Playback, usePlayback } from './usePlayback';
import { useRecordedView } from './useRecordedView';
import { useSelection } from './useSelection';

const FIRST_SPAN_US = HOUR_US;
const FIRST_BACK_US = MINUTE_US;

export default function PlaybackPage() {
  const channels = useChannels();
  if (channels.isPending) return <Loading />;
  if (!channels.data) return <ProblemNote error={channels.error} />;
  return <Desk channels={channels.data} />;
}

function Desk({ channels }: { channels: Channel[] }) {
  const { t } = useTranslation();
  const plays = may(usePerson(), 'playback.view');
  const place = usePlace(channels);
  const { channelId, atUs, scope } = place;
  const channel = useChannel(channelId);
  const recorded = useTimeline(channelId, scope);
  const notes = useMoments(channelId, scope);
  const [reason, setReason] = useState<string | null>(null);
  const [asking, setAsking] = useState(false);
  const [note, say] = useNote();
  const view = useRecordedView(plays ? channelId : null, reason);
  const frame = useRef<HTMLDivElement>(null);
  const clock = useRef<HTMLTimeElement>(null);
  const loudspeaker = useRef<HTMLButtonElement>(null);
  const skipWords = useSkipWords(recorded);
  const playback = usePlayback({
    screen: frame,
    channelId,
    view,
    onFrame: (us, frames) => writeClock(clock.current, us, frames),
    onSkip: (fromUs, toUs, run) => say(skipWords(fromUs, toUs, run)),
    onTurn: (us) => say(t('playback.turned', { time: dateTimeOf(us) })),
    onHeard: (offMs) => writeHeard(loudspeaker.current, offMs),
  });
  const cursorUs = playback.pictureUs ?? atUs;
  const epoch = playback.pictureUs === null ? place.epoch : playback.epoch;
  const selection = useSelection(channelId, cursorUs);
  const thumbnails = useThumbnails(view.viewId, channelId);
  const [stillUs, setStillUs] = useState<number | null>(null);
  useFollowing(playback, recorded, place);

  const start = (us: number, run: number | null) => {
    place.goTo(us, run);
    playback.seek(us, run);
    playback.play();
  };
  /** Where a wish leads by the timeline at hand; said aloud when it leads elsewhere. */
  const landed = (us: number, run: number | null): number | null => {
    const landing = landIn(recorded.spans, Math.min(us, serverNowUs()), run);
    if (landing.kind === 'none') return null;
    if (landing.kind !== 'exact') say(t(`playback.snapped.${landing.kind}`, { time: dateTimeOf(landing.us) }));
    return landing.us;
  };
  const seek = (us: number, pointed: number | null) => {
    const run = pointed ?? runNear(recorded, us, epoch);
    const there = landed(us, run);
    if (there === null) return say(t('playback.nothingThere'));
    const inRun = runNear(recorded, there, run);
    place.goTo(there, inRun);
    if (!plays) return;
    if (reason) playback.seek(there, inRun);
    else setAsking(true);
  };
  const toggle = () => {
    if (!reason) setAsking(true);
    else if (playback.playing) playback.pause();
    else if (playback.state.kind === 'idle') start(landed(cursorUs, epoch) ?? cursorUs, epoch);
    else playback.play();
  };
  const goTo = (us: number) => {
    const run = runNear(recorded, us, epoch);
    place.goTo(us, run);
    if (!plays || !channelId) return;
    if (reason) start(us, run);
    else setAsking(true);
  };
  const enabled = plays && channelId !== null;
  useSpaceKey(toggle, enabled);

  return (
    <div className={styles.page}>
      <header className={styles.head}>
        <h1 className="unseen">{t('menu.playback')}</h1>
        <ChannelSelect
          className={styles.picker ?? ''}
          aria-label={t('playback.channel')}
          value={channelId}
          onChange={place.choose}
          data-testid="channel-picker"
        />
        <GoToTime atUs={cursorUs} onGo={goTo} />
        <RangeBar
          channelId={channelId}
          scope={scope}
          selection={selection}
          viewId={view.viewId}
          onReason={() => setAsking(true)}
        />
      </header>
      <Screen
        frame={frame}
        clock={clock}
        state={playback.state}
        viewError={view.error}
        note={note}
        run={runWords(recorded, cursorUs, epoch, t)}
        obstacle={obstacleOf(channels, channelId, plays, t)}
        onStart={toggle}
        still={(words, mime) =>
          view.viewId && channelId ? (
            <StillAt
              viewId={view.viewId}
              channelId={channelId}
              us={cursorUs}
              epoch={epoch}
              codec={codecName(mime)}
              onShown={setStillUs}
            >
              {words}
            </StillAt>
          ) : (
            words
          )
        }
      />
      <Controls
        playback={playback}
        enabled={enabled}
        reason={reason}
        scope={scope}
        cursorUs={cursorUs}
        onToggle={toggle}
        onSeek={(us) => seek(us, null)}
        onScope={place.setScope}
      >
        <SoundHere
          playback={playback}
          enabled={enabled && playback.state.kind !== 'unsupported'}
          button={loudspeaker}
        />
        <SnapshotHere
          viewId={view.viewId}
          channel={channel.data ?? null}
          reason={reason}
          frameShown={() => (stillUs === null ? momentOn(clock.current, playback) : { us: stillUs, epoch })}
        />
        <LogHere
          momentNow={() =>
            channelId === null
              ? null
              : {
                  channelId,
                  name: channel.data?.name ?? '',
                  us: stillUs ?? momentOn(clock.current, playback)?.us ?? cursorUs,
                }
          }
        />
      </Controls>
      {Boolean(recorded.error) && <ProblemNote error={recorded.error} />}
      <Timeline
        scope={scope}
        recorded={recorded}
        notes={notes}
        cursorUs={cursorUs}
        selection={selection.span}
        onScope={place.setScope}
        onSeek={seek}
        onSelect={selection.set}
        thumbnails={thumbnails}
      />
      <ReasonDialog
        open={asking}
        onCancel={() => setAsking(false)}
        onReason={(given) => {
          setAsking(false);
          setReason(given);
          start(landed(cursorUs, epoch) ?? cursorUs, epoch);
        }}
      />
    </div>
  );
}

/** The run of the clock to stay in when going to a moment; null where there is no choice. */
function runNear({ zones }: Recorded, us: number, epoch: number | null): number | null {
  const zone = repeatedAt(zones, us);
  if (!zone) return null;
  return epoch !== null && zone.epochs.includes(epoch) ? epoch : (zone.epochs[0] ?? null);
}

function runWords({ zones }: Recorded, us: number, epoch: number | null, t: TFunction) {
  const zone = repeatedAt(zones, us);
  if (!zone || epoch === null || !zone.epochs.includes(epoch)) return null;
  return t('timeline.run', { number: zone.epochs.indexOf(epoch) + 1, total: zone.epochs.length });
}

function obstacleOf(channels: Channel[], channelId: string | null, plays: boolean, t: TFunction) {
  if (channels.length === 0 && !channelId) return <span>{t('playback.noChannels')}</span>;
  if (!channelId) return <span>{t('playback.chooseChannel')}</span>;
  return plays ? null : <span>{t('playback.noPictures')}</span>;
}

interface PlaceHere extends Place {
  atUs: number;
  scope: Scope;
  choose: (channelId: string) => void;
  goTo: (us: number, epoch: number | null) => void;
  /** Note a moment that was reached by playing, without moving the timeline. */
  setAt: (us: number, epoch: number | null) => void;
  setScope: (change: (before: Scope) => Scope) => void;
}

const firstOf = (channels: Channel[]): Channel | undefined =>
  channels.find((channel) => channel.state === 'recording') ?? channels[0];

/** Channel, moment and scope of the page, and the address that follows them. */
function usePlace(channels: Channel[]): PlaceHere {
  const [query] = useSearchParams();
  const writeQuery = useWriteQuery();
  const [first] = useState(() => placeOfQuery(query));
  const [channelId, setChannelId] = useState(first.channelId ?? firstOf(channels)?.id ?? null);
  const [{ atUs, epoch }, setMoment] = useState(() => ({
    atUs: first.atUs ?? serverNowUs() - FIRST_BACK_US,
    epoch: first.epoch,
  }));
  const setAt = useCallback((us: number, run: number | null) => setMoment({ atUs: us, epoch: run }), []);
  const [scope, setScopeAsIs] = useState<Scope>(() =>
    upToNow({ centreUs: atUs, spanUs: first.spanUs ?? FIRST_SPAN_US }, serverNowUs()),
  );
  const setScope = useCallback(
    (change: (before: Scope) => Scope) => setScopeAsIs((before) => upToNow(change(before), serverNowUs())),
    [],
  );
  const { spanUs } = scope;
  useEffect(() => {
    // Not with every notch of the wheel: browsers count changes of the address and refuse too many.
    const timer = window.setTimeout(() => writeQuery(queryOfPlace({ channelId, atUs, epoch, spanUs })), 250);
    return () => window.clearTimeout(timer);
  }, [channelId, atUs, epoch, spanUs, writeQuery]);
  const goTo = useCallback(
    (us: number, run: number | null) => {
      setAt(us, run);
      setScope((before) => follow(before, us));
    },
    [setAt, setScope],
  );
  return { channelId, atUs, epoch, spanUs, scope, choose: setChannelId, goTo, setAt, setScope };
}

const ADDRESS_EVERY_US = 5_000_000;

/** The address and the timeline go along with the picture, unless the timeline was moved away from it. */
function useFollowing({ pictureUs, epoch }: Playback, recorded: Recorded, place: PlaceHere): void {
  const seen = useRef<number | null>(null);
  const { atUs, scope, setAt, setScope } = place;
  const { zones } = recorded;
  useEffect(() => {
    if (pictureUs === null) return;
    const before = seen.current;
    seen.current = pictureUs;
    if (Math.abs(pictureUs - atUs) >= ADDRESS_EVERY_US) setAt(pictureUs, repeatedAt(zones, pictureUs) ? epoch : null);
    const beforeX = before === null ? -1 : xOf(scope, 1, before);
    if (beforeX >= 0 && beforeX <= 1 && xOf(scope, 1, pictureUs) > 0.92) setScope((now) => follow(now, pictureUs));
  }, [pictureUs, epoch, zones, atUs, scope, setAt, setScope]);
}

type SkipWords = (fromUs: number, toUs: number, epoch: number | null) => string;

function useSkipWords(recorded: Recorded): SkipWords {
  const { t } = useTranslation();
  const language = useLanguage();
  return useMemo(
    () => (fromUs: number, toUs: number, epoch: number | null) => {
      const inRun = <T extends { epoch: number }>(all: readonly T[]) =>
        epoch === null ? all : all.filter((one) => one.epoch === epoch);
      const duration = durationWords(toUs - fromUs, t);
      const gap = causeOf(inRun(recorded.gaps), fromUs, toUs);
      if (gap) return t('playback.skippedBecause', { duration, cause: inLanguage(gap, language) });
      const damage = causeOf(inRun(recorded.damage), fromUs, toUs);
      if (damage) return t('playback.skippedDamage', { duration, kind: inLanguage(damage, language) });
      return t('playback.skipped', { duration });
    },
    [recorded.gaps, recorded.damage, t, language],
  );
}

/** The frame on the screen, which the overlay knows best: React hears of it a few times a second. */
function momentOn(clock: HTMLTimeElement | null, { pictureUs, epoch }: Playback) {
  if (pictureUs === null) return null;
  return { us: Number(clock?.dataset.wallUs ?? pictureUs), epoch };
}

/** The overlay says when the picture was taken. Written with each frame, so that it is never ahead of it. */
function writeClock(clock: HTMLTimeElement | null, us: number, frames: number): void {
  if (!clock) return;
  const words = dateTimeOf(us);
  if (clock.textContent !== words) clock.textContent = words;
  clock.dataset.wallUs = String(us);
  clock.dataset.frames = String(frames);
}
