import { Segmented } from 'antd';
import type { TFunction } from 'i18next';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Channel } from '@/api';
import { ChannelSelect } from '@/components/ChannelSelect';
import { LogHere } from '@/components/duty/LogHere';
import { FirstCamera } from '@/components/FirstCamera';
import { Loading } from '@/components/Loading';
import { ProblemNote } from '@/components/ProblemNote';
import { PageFailed } from '@/components/page/PageFailed';
import { useChannels, useChannelsOf } from '@/lib/channels';
import { serverNowUs } from '@/lib/clock';
import { codecName } from '@/lib/codec';
import { durationWords } from '@/lib/duration';
import { inLanguage, useLanguage } from '@/lib/i18n';
import { may, usePerson } from '@/lib/session';
import { dateTimeOf, microsOf, SECOND_US } from '@/lib/time';
import { LAYOUTS, type Layout } from './address';
import { Controls, SPEEDS } from './Controls';
import { useDeskKeys, useNote } from './deskHooks';
import { GoToTime } from './GoToTime';
import { MarkHere } from './MarkHere';
import styles from './PlaybackPage.module.css';
import { RangeBar } from './RangeBar';
import { ReasonDialog } from './ReasonDialog';
import { SnapshotHere } from './SnapshotHere';
import { SoundHere, writeHeard } from './SoundHere';
import { StillAt } from './StillAt';
import { Tile, type TileListener } from './Tile';
import { at, causeOf, follow, xOf } from './timeline/geometry';
import { landIn, repeatedAt } from './timeline/runs';
import { Timeline } from './timeline/Timeline';
import { useMoments } from './timeline/useMoments';
import { useThumbnails } from './timeline/useThumbnails';
import { type Recorded, useTimeline } from './timeline/useTimeline';
import { type Playback, useConductor } from './useConductor';
import { type PlaceHere, usePlace } from './usePlace';
import { useRecordedView } from './useRecordedView';
import { useSelection } from './useSelection';
import { Wall } from './Wall';

export default function PlaybackPage() {
  const { t } = useTranslation();
  const channels = useChannels();
  if (channels.isPending) return <Loading />;
  if (!channels.data) return <PageFailed title={t('menu.playback')} error={channels.error} />;
  return <Desk channels={channels.data} />;
}

function Desk({ channels }: { channels: Channel[] }) {
  const { t } = useTranslation();
  const plays = may(usePerson(), 'playback.view');
  const place = usePlace(channels);
  const { channelIds, focusId, atUs, scope } = place;
  const known = useChannelsOf(channelIds);
  const recorded = useTimeline(focusId, scope);
  const notes = useMoments(focusId, scope);
  const [reason, setReason] = useState<string | null>(null);
  const [asking, setAsking] = useState(false);
  const [marking, setMarking] = useState(false);
  const [note, say] = useNote();
  const view = useRecordedView(plays ? channelIds : NONE, reason);
  const clock = useRef<HTMLTimeElement>(null);
  const loudspeaker = useRef<HTMLButtonElement>(null);
  const skipWords = useSkipWords(recorded);
  const playback = useConductor(focusId, (fromUs, toUs) =>
    say(t('wall.leapt', { duration: durationWords(toUs - fromUs, t), time: dateTimeOf(toUs) })),
  );
  const wishUs = useRef<number | null>(null);
  const listener: TileListener = {
    onSkip: (fromUs, toUs, run) => {
      const missed = wishUs.current !== null && Math.abs(fromUs - wishUs.current) < SECOND_US;
      wishUs.current = null;
      if (!missed || toUs - fromUs < FAR_US) return say(skipWords(fromUs, toUs, run));
      // Who asked for yesterday and is shown today must notice.
      playback.pause();
      place.goTo(toUs, run);
      say(t('playback.wishMissed', { wished: dateTimeOf(fromUs), time: dateTimeOf(toUs) }), LASTING_MS);
    },
    onTurn: (us) => say(t('playback.turned', { time: dateTimeOf(us) })),
    onHeard: (offMs) => writeHeard(loudspeaker.current, offMs),
  };
  const cursorUs = playback.pictureUs ?? atUs;
  const epoch = playback.pictureUs === null ? place.epoch : playback.epoch;
  const selection = useSelection(cursorUs);
  const thumbnails = useThumbnails(view.viewId, focusId);
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
  /** A typed moment is asked for as it is, so that missing it is said in lasting words. */
  const begin = () => start(wishUs.current === cursorUs ? cursorUs : (landed(cursorUs, epoch) ?? cursorUs), epoch);
  const toggle = () => {
    if (!reason) setAsking(true);
    else if (playback.playing) playback.pause();
    else if (playback.state.kind === 'idle') begin();
    else playback.play();
  };
  const goTo = (us: number) => {
    const run = runNear(recorded, us, epoch);
    wishUs.current = us;
    place.goTo(us, run);
    if (!plays || !focusId) return;
    if (reason) start(us, run);
    else setAsking(true);
  };
  const step = (direction: 1 | -1) => {
    if (!reason) return setAsking(true);
    if (playback.step(direction)) return;
    const beyond = frameBeyond(recorded, cursorUs, direction);
    if (beyond === null) return say(t('playback.noFrame'));
    playback.seek(beyond, runNear(recorded, beyond, epoch));
  };
  const pace = (direction: 1 | -1) => {
    const next = SPEEDS[SPEEDS.indexOf(playback.speed) + direction];
    if (next !== undefined) playback.setSpeed(next);
  };
  const enabled = plays && focusId !== null;
  useDeskKeys(
    {
      toggle,
      step,
      skip: (seconds) => seek(cursorUs + seconds * SECOND_US, null),
      pace,
      mark: () => setMarking(true),
      focusTile: (index) => {
        const id = channelIds[index];
        if (id) place.focus(id);
      },
      range: selection.mark,
      letGo: () => {
        selection.clear();
        return selection.span !== null;
      },
    },
    enabled,
  );
  const nameOf = (id: string) => known.get(id)?.name ?? t('playback.unlisted');
  const among = place.layout > 1;

  return (
    <div className={styles.page}>
      <header className={styles.head}>
        <h1 className="unseen">{t('menu.playback')}</h1>
        <ChannelSelect
          className={styles.picker ?? ''}
          aria-label={t('playback.channel')}
          value={focusId}
          onChange={place.choose}
          data-testid="channel-picker"
        />
        <LayoutSwitch value={place.layout} onChange={place.setLayout} />
        <GoToTime atUs={cursorUs} onGo={goTo} />
        <RangeBar
          channelIds={channelIds}
          channelId={focusId}
          scope={scope}
          selection={selection}
          viewId={view.viewId}
          reason={reason}
          onReason={() => setAsking(true)}
        />
      </header>
      <Wall layout={place.layout} count={channelIds.length} onAdd={place.add}>
        {channelIds.length === 0 && !among && (
          <div className={styles.none}>
            {channels.length > 0 ? (
              t('playback.chooseChannel')
            ) : (
              <p>
                {t('cameras.noneYet')}
                <br />
                <FirstCamera />
              </p>
            )}
          </div>
        )}
        {channelIds.map((id) => (
          <Tile
            key={id}
            channelId={id}
            name={nameOf(id)}
            conductor={playback.conductor}
            view={view}
            among={among}
            focused={id === focusId}
            note={note}
            run={id === focusId ? runWords(recorded, cursorUs, epoch, t) : null}
            obstacle={plays ? null : <span>{t('playback.noPictures')}</span>}
            listener={listener}
            clock={id === focusId ? clock : null}
            onFocus={() => place.focus(id)}
            onRemove={() => place.remove(id)}
            onStart={toggle}
            still={(words, mime) =>
              view.viewId ? (
                <StillAt
                  viewId={view.viewId}
                  channelId={id}
                  us={cursorUs}
                  epoch={epoch}
                  codec={codecName(mime)}
                  onShown={id === focusId ? setStillUs : NOWHERE}
                >
                  {words}
                </StillAt>
              ) : (
                words
              )
            }
          />
        ))}
      </Wall>
      <Controls
        playback={playback}
        enabled={enabled}
        reason={reason}
        scope={scope}
        cursorUs={cursorUs}
        onToggle={toggle}
        onSeek={(us) => seek(us, null)}
        onStep={step}
        onScope={place.setScope}
      >
        <SoundHere
          playback={playback}
          enabled={enabled && playback.state.kind !== 'unsupported'}
          button={loudspeaker}
        />
        <SnapshotHere
          viewId={view.viewId}
          channel={known.get(focusId ?? '') ?? null}
          reason={reason}
          frameShown={() => (stillUs === null ? momentOn(clock.current, playback) : { us: stillUs, epoch })}
        />
        <LogHere
          momentNow={() =>
            focusId === null
              ? null
              : {
                  channelId: focusId,
                  name: nameOf(focusId),
                  us: stillUs ?? momentOn(clock.current, playback)?.us ?? cursorUs,
                }
          }
        />
        <MarkHere
          channelId={focusId}
          open={marking}
          onOpen={setMarking}
          span={selection.span ?? { startUs: cursorUs, endUs: cursorUs }}
          onGo={(mark) => {
            place.choose(mark.channel_id);
            goTo(microsOf(mark.start));
          }}
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
          begin();
        }}
      />
    </div>
  );
}

const NONE: readonly string[] = [];
const NOWHERE = () => {};
/** Less than any frame: just before the end of a stretch. */
const JUST_US = 2_000;
const FRAME_US = 40_000;
/** Further than this from the moment that was asked for is another moment. */
const FAR_US = 60 * SECOND_US;
const LASTING_MS = 60_000;

/** The frame before the first or after the last that is loaded: over a gap, or where nothing is held yet. */
function frameBeyond({ spans }: Recorded, us: number, direction: 1 | -1): number | null {
  if (direction > 0) return spans.find((span) => span.startUs > us)?.startUs ?? null;
  const here = at(spans, us);
  if (here && us - here.startUs > FRAME_US) return us - FRAME_US;
  const before = spans.findLast((span) => span.endUs <= us);
  return before ? before.endUs - JUST_US : null;
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

function LayoutSwitch({ value, onChange }: { value: Layout; onChange: (layout: Layout) => void }) {
  const { t } = useTranslation();
  return (
    <Segmented
      aria-label={t('wall.layout')}
      title={t('wall.layout')}
      value={value}
      onChange={onChange}
      options={LAYOUTS.map((layout) => ({ value: layout, label: String(layout) }))}
      data-testid="layout"
      data-layout={value}
    />
  );
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
