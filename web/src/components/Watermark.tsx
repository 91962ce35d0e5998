import { useEffect, useRef, useState } from 'react';
import { serverNowUs } from '@/lib/clock';
import { useOwnState } from '@/lib/ownState';
import { usePerson } from '@/lib/session';
import { clockOf, dateOf } from '@/lib/time';
import { drawWatermark } from './drawWatermark';
import styles from './Watermark.module.css';

/**
 * Who watches and when, all over a picture: low in contrast, readable on a photograph of the screen. Whether it is
 * drawn is the policy of the installation (`[access] watermark_live`, `watermark_playback`).
 */
export function Watermark({ over }: { over: 'live' | 'playback' }) {
  const policy = useOwnState().data?.watermark;
  const person = usePerson();
  if (!policy?.[over]) return null;
  return <Marks name={`${person.display_name} ${person.login_name}`} />;
}

const MINUTE_MS = 60_000;

function Marks({ name }: { name: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const minute = useMinute();
  const text = `${name} ${minute}`;
  useEffect(() => {
    const element = canvas.current;
    if (!element) return;
    const draw = () => {
      const { clientWidth, clientHeight } = element;
      const ratio = window.devicePixelRatio;
      element.width = Math.round(clientWidth * ratio);
      element.height = Math.round(clientHeight * ratio);
      const context = element.getContext('2d');
      if (!context || clientWidth === 0) return;
      context.scale(ratio, ratio);
      drawWatermark(context, clientWidth, clientHeight, text);
    };
    draw();
    const observer = new ResizeObserver(draw);
    observer.observe(element);
    return () => observer.disconnect();
  }, [text]);
  return (
    <div className={styles.marks} aria-hidden="true" data-testid="watermark" data-text={text}>
      <canvas ref={canvas} />
    </div>
  );
}

/** The server's time to the minute. */
function useMinute(): string {
  const [minute, setMinute] = useState(minuteNow);
  useEffect(() => {
    const timer = window.setInterval(() => setMinute(minuteNow()), MINUTE_MS / 6);
    return () => window.clearInterval(timer);
  }, []);
  return minute;
}

const minuteNow = (): string => {
  const now = serverNowUs();
  return `${dateOf(now)} ${clockOf(now).slice(0, 5)}`;
};
