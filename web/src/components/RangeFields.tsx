import { Form, Input } from 'antd';
import { useTranslation } from 'react-i18next';
import { serverNowUs } from '@/lib/clock';
import { durationWords } from '@/lib/duration';
import { dateTimeOf, parseMoment, SECOND_US } from '@/lib/time';
import styles from './RangeFields.module.css';

/** What a form holds of a range: two moments as they are typed, in Beijing time. */
export interface TypedRange {
  from: string;
  to: string;
}

/** A range never becomes shorter by writing it to the second, and never reaches into the second that is not over. */
export function typedRange(startUs: number, endUs: number): TypedRange {
  const over = Math.floor(serverNowUs() / SECOND_US) * SECOND_US - SECOND_US;
  const to = Math.min(Math.ceil(endUs / SECOND_US) * SECOND_US, over);
  return { from: dateTimeOf(Math.min(startUs, to - SECOND_US)), to: dateTimeOf(to) };
}

/** The moments of a form whose fields were found right. */
export function rangeOf({ from, to }: TypedRange): { startUs: number; endUs: number } {
  const now = serverNowUs();
  return { startUs: parseMoment(from, now) ?? 0, endUs: parseMoment(to, now) ?? 0 };
}

/** Fields `from` and `to` of the form around it. `mostUs`: the longest range that the server takes. */
export function RangeFields({ mostUs }: { mostUs?: number }) {
  const { t } = useTranslation();
  const form = Form.useFormInstance<TypedRange>();
  const from = Form.useWatch('from', form) ?? '';
  const to = Form.useWatch('to', form) ?? '';
  const { startUs, endUs } = rangeOf({ from, to });
  const readable = {
    validator: (_rule: unknown, value: string | undefined) =>
      parseMoment(value ?? '', serverNowUs()) === null
        ? Promise.reject(new Error(t('playback.goToWrong')))
        : Promise.resolve(),
  };
  const ordered = {
    validator: (_rule: unknown, value: string | undefined) => {
      const range = rangeOf({ from: form.getFieldValue('from') ?? '', to: value ?? '' });
      if (range.endUs <= range.startUs) return Promise.reject(new Error(t('range.empty')));
      if (mostUs && range.endUs - range.startUs > mostUs)
        return Promise.reject(new Error(t('range.tooLong', { duration: durationWords(mostUs, t) })));
      return Promise.resolve();
    },
  };
  return (
    <div className={styles.pair}>
      <Form.Item name="from" label={t('timeline.from')} rules={[readable]}>
        <Input className="tabular" placeholder={t('playback.goToExample')} />
      </Form.Item>
      <Form.Item name="to" label={t('timeline.to')} dependencies={['from']} rules={[readable, ordered]}>
        <Input className="tabular" placeholder={t('playback.goToExample')} />
      </Form.Item>
      <span className={`${styles.length} tabular`}>
        {startUs && endUs > startUs ? durationWords(endUs - startUs, t) : ''}
      </span>
    </div>
  );
}
