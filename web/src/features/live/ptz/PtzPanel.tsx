import { CloseOutlined, DeleteOutlined, MinusOutlined, PlusOutlined, SaveOutlined } from '@ant-design/icons';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Input, Select, Space } from 'antd';
import { type PointerEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ProblemNote } from '@/components/ProblemNote';
import { ServerProblem } from '@/lib/problem';
import { keepPreset, readCameraTurning, removePreset } from '@/lib/server';
import { may, usePerson } from '@/lib/session';
import type { Hand } from './hand';
import styles from './Ptz.module.css';
import { type Speed, STILL, speedOfKeys, speedOfPointer, steers } from './steering';
import { useHand } from './useHand';
import { endPtz } from './usePtz';

interface PanelProps {
  channelId: string;
  name: string;
}

/** A camera in hand: arrows and + − by key, the picture by pointer, presets. It stops whenever the hand may be gone. */
export function PtzPanel({ channelId, name }: PanelProps) {
  const { t } = useTranslation();
  const { hand, error, taking, take } = useHand(channelId);
  const [moving, setMoving] = useState(false);
  const steer = (speed: Speed) => {
    hand?.move(speed);
    setMoving(speed !== STILL && (speed.pan !== 0 || speed.tilt !== 0 || speed.zoom !== 0));
  };
  useSteeringKeys(hand, steer);
  const stop = (event: { stopPropagation: () => void }) => event.stopPropagation();
  return (
    // biome-ignore lint/a11y/useSemanticElements: a group of controls over a picture is no set of form fields
    <div
      className={styles.layer}
      role="group"
      aria-label={t('live.ptz.label', { name })}
      data-testid="ptz-panel"
      data-state={hand ? 'held' : taking ? 'taking' : 'refused'}
      data-moving={moving}
      onDoubleClick={stop}
    >
      {hand && <Joystick onSteer={steer} label={t('live.ptz.picture')} />}
      <div className={styles.panel}>
        <header className={styles.head}>
          <strong>{t(hand ? 'live.ptz.held' : taking ? 'live.ptz.taking' : 'live.ptz.refused')}</strong>
          <Button
            type="text"
            size="small"
            icon={<CloseOutlined />}
            aria-label={t('live.ptz.release', { name })}
            title={t('live.ptz.release', { name })}
            onClick={endPtz}
          />
        </header>
        {error ? <ProblemNote error={error} /> : null}
        {isTakeable(error) && <TakeOver onTake={take} />}
        {hand && (
          <>
            <p className={styles.keys}>{t('live.ptz.keys')}</p>
            <Space.Compact block>
              <Held name={t('live.ptz.out')} onHold={(on) => steer(on ? { ...STILL, zoom: -0.5 } : STILL)}>
                <MinusOutlined />
              </Held>
              <Held name={t('live.ptz.in')} onHold={(on) => steer(on ? { ...STILL, zoom: 0.5 } : STILL)}>
                <PlusOutlined />
              </Held>
            </Space.Compact>
            <Presets channelId={channelId} hand={hand} />
          </>
        )}
      </div>
    </div>
  );
}

const isTakeable = (error: unknown): boolean =>
  error instanceof ServerProblem && error.problem.code === 'turning.needs_reason';

function TakeOver({ onTake }: { onTake: (reason: string) => void }) {
  const { t } = useTranslation();
  const [reason, setReason] = useState('');
  return (
    <Space.Compact block>
      <Input
        size="small"
        value={reason}
        maxLength={200}
        placeholder={t('live.ptz.reason')}
        aria-label={t('live.ptz.reason')}
        onChange={(event) => setReason(event.target.value)}
        onPressEnter={() => onTake(reason)}
        data-testid="ptz-reason"
      />
      <Button
        size="small"
        disabled={reason.trim().length < 2}
        onClick={() => onTake(reason)}
        data-testid="ptz-take-over"
      >
        {t('live.ptz.takeOver')}
      </Button>
    </Space.Compact>
  );
}

/** A button that acts while it is held, by pointer or by key. */
function Held({ name, onHold, children }: { name: string; onHold: (on: boolean) => void; children: ReactNode }) {
  return (
    <Button
      size="small"
      block
      icon={children}
      aria-label={name}
      title={name}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        onHold(true);
      }}
      onPointerUp={() => onHold(false)}
      onPointerCancel={() => onHold(false)}
      onKeyDown={({ key }) => (key === ' ' || key === 'Enter') && onHold(true)}
      onKeyUp={() => onHold(false)}
      onBlur={() => onHold(false)}
    />
  );
}

function Joystick({ onSteer, label }: { onSteer: (speed: Speed) => void; label: string }) {
  const down = useRef(false);
  const steer = (event: PointerEvent) => {
    const box = event.currentTarget.getBoundingClientRect();
    const right = ((event.clientX - box.left) / box.width) * 2 - 1;
    onSteer(speedOfPointer(right, ((event.clientY - box.top) / box.height) * 2 - 1));
  };
  const end = () => {
    down.current = false;
    onSteer(STILL);
  };
  return (
    <div
      className={styles.joystick}
      title={label}
      aria-hidden="true"
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        down.current = true;
        steer(event);
      }}
      onPointerMove={(event) => down.current && steer(event)}
      onPointerUp={end}
      onPointerCancel={end}
      onLostPointerCapture={end}
      data-testid="joystick"
    />
  );
}

function Presets({ channelId, hand }: { channelId: string; hand: Hand }) {
  const { t } = useTranslation();
  const person = usePerson();
  const queries = useQueryClient();
  const [chosen, setChosen] = useState<string | null>(null);
  const [name, setName] = useState('');
  const [error, setError] = useState<unknown>(null);
  const key = ['turning-camera', channelId];
  const camera = useQuery({ queryKey: key, queryFn: () => readCameraTurning(channelId), retry: false });
  const keeps = may(person, 'ptz.preset');
  const change = (done: Promise<unknown>) =>
    done.then(() => {
      setName('');
      setError(null);
      return queries.invalidateQueries({ queryKey: key });
    }, setError);
  return (
    <>
      <ProblemNote error={camera.error ?? error} />
      <Space.Compact block>
        <Select
          size="small"
          className={styles.presets ?? ''}
          loading={camera.isPending}
          value={chosen}
          placeholder={t('live.ptz.presets')}
          aria-label={t('live.ptz.presets')}
          notFoundContent={t('live.ptz.noPresets')}
          options={(camera.data?.presets ?? []).map((one) => ({ value: one.token, label: one.name || one.token }))}
          onChange={(token: string) => {
            setChosen(token);
            hand.goTo(token);
          }}
          data-testid="presets"
        />
        {keeps && (
          <Button
            size="small"
            icon={<DeleteOutlined />}
            disabled={chosen === null}
            aria-label={t('live.ptz.removePreset')}
            title={t('live.ptz.removePreset')}
            onClick={() => {
              if (chosen) void change(removePreset(channelId, chosen));
              setChosen(null);
            }}
          />
        )}
      </Space.Compact>
      {keeps && (
        <Space.Compact block>
          <Input
            size="small"
            value={name}
            maxLength={64}
            placeholder={t('live.ptz.presetName')}
            aria-label={t('live.ptz.presetName')}
            onChange={(event) => setName(event.target.value)}
            data-testid="preset-name"
          />
          <Button
            size="small"
            icon={<SaveOutlined />}
            disabled={!name.trim()}
            aria-label={t('live.ptz.keepPreset')}
            title={t('live.ptz.keepPreset')}
            onClick={() => change(keepPreset(channelId, name.trim()))}
            data-testid="keep-preset"
          />
        </Space.Compact>
      )}
    </>
  );
}

const typesText = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.closest('input,textarea,select,[role=combobox],[role=listbox]') !== null;

/** Arrows and + − turn while they are held. Whatever may hide that a key was let go stops the camera. */
function useSteeringKeys(hand: Hand | null, steer: (speed: Speed) => void): void {
  const latest = useRef(steer);
  latest.current = steer;
  useEffect(() => {
    if (!hand) return;
    const held = new Set<string>();
    const down = (event: KeyboardEvent) => {
      if (event.key === 'Escape') endPtz();
      else if (!steers(event.key) || event.ctrlKey || event.metaKey || event.altKey || typesText(event.target)) return;
      else held.add(event.key);
      // The wall has arrows of its own.
      event.preventDefault();
      event.stopPropagation();
      latest.current(speedOfKeys(held));
    };
    const up = ({ key }: KeyboardEvent) => {
      if (held.delete(key)) latest.current(speedOfKeys(held));
    };
    const still = () => {
      held.clear();
      latest.current(STILL);
    };
    const hidden = () => document.hidden && still();
    window.addEventListener('keydown', down, true);
    window.addEventListener('keyup', up, true);
    window.addEventListener('blur', still);
    window.addEventListener('pagehide', still);
    document.addEventListener('visibilitychange', hidden);
    return () => {
      still();
      window.removeEventListener('keydown', down, true);
      window.removeEventListener('keyup', up, true);
      window.removeEventListener('blur', still);
      window.removeEventListener('pagehide', still);
      document.removeEventListener('visibilitychange', hidden);
    };
  }, [hand]);
}
