import {
  CaretRightOutlined,
  CloseOutlined,
  PauseOutlined,
  StepBackwardOutlined,
  StepForwardOutlined,
} from '@ant-design/icons';
import { Button, Tooltip } from 'antd';
import { type ReactNode, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useKeys } from '@/lib/keys';
import type { SavedWall, Tour } from './savedWalls';
import { pauseTour, stepTour, stopTour, useTour } from './tour';
import styles from './WallBar.module.css';

/** A running tour: which step, how long it stays, and what may be done about it. Space pauses, comma and full stop step. */
export function TourBar({ tour, walls }: { tour: Tour; walls: readonly SavedWall[] }) {
  const { t } = useTranslation();
  const running = useTour((state) => state.running);
  const step = running ? tour.steps[running.index] : undefined;
  const left = useSecondsLeft(`${running?.index}`, step?.seconds ?? 0, running?.paused ?? true, () =>
    stepTour(tour, walls, 1),
  );
  useTourKeys(tour, walls);
  if (!running || !step) return null;
  return (
    <fieldset
      className={styles.tour}
      aria-label={t('live.tours.running', { name: tour.name })}
      data-testid="tour"
      data-step={running.index}
      data-paused={running.paused}
    >
      <span className={styles.tourName}>{tour.name}</span>
      <span className="tabular">
        {running.index + 1}/{tour.steps.length} · {t('live.tours.left', { seconds: left })}
      </span>
      <Tool name={t('live.tours.previous')} testId="tour-previous" onClick={() => stepTour(tour, walls, -1)}>
        <StepBackwardOutlined />
      </Tool>
      <Tool
        name={t(running.paused ? 'live.tours.resume' : 'live.tours.pause')}
        testId="tour-pause"
        onClick={() => pauseTour(!running.paused)}
      >
        {running.paused ? <CaretRightOutlined /> : <PauseOutlined />}
      </Tool>
      <Tool name={t('live.tours.next')} testId="tour-next" onClick={() => stepTour(tour, walls, 1)}>
        <StepForwardOutlined />
      </Tool>
      <Tool name={t('live.tours.stop')} testId="tour-stop" onClick={stopTour}>
        <CloseOutlined />
      </Tool>
    </fieldset>
  );
}

function Tool({
  name,
  testId,
  onClick,
  children,
}: {
  name: string;
  testId: string;
  onClick: () => void;
  children: ReactNode;
}) {
  return (
    <Tooltip title={name}>
      <Button type="text" size="small" aria-label={name} icon={children} onClick={onClick} data-testid={testId} />
    </Tooltip>
  );
}

/** Counts a step down and says when it is over; a pause holds it. */
function useSecondsLeft(step: string, seconds: number, paused: boolean, over: () => void): number {
  const [left, setLeft] = useState(seconds);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each step begins anew, also one as long as the last
  useEffect(() => setLeft(seconds), [step, seconds]);
  useEffect(() => {
    if (paused) return;
    const timer = window.setInterval(() => setLeft((before) => before - 1), 1000);
    return () => window.clearInterval(timer);
  }, [paused]);
  const ended = left <= 0 && seconds > 0;
  // biome-ignore lint/correctness/useExhaustiveDependencies: said once, when it ends
  useEffect(() => {
    if (ended) over();
  }, [ended]);
  return Math.max(0, left);
}

function useTourKeys(tour: Tour, walls: readonly SavedWall[]): void {
  const { t } = useTranslation();
  useKeys(t('live.tours.title'), [
    {
      keys: [' '],
      does: t('live.tours.pause'),
      act: () => pauseTour(!useTour.getState().running?.paused),
    },
    { keys: [','], does: t('live.tours.previous'), act: () => stepTour(tour, walls, -1) },
    { keys: ['.'], does: t('live.tours.next'), act: () => stepTour(tour, walls, 1) },
  ]);
}
