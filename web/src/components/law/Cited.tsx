import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { CitedPlace } from '@/api';
import { inLanguage, useLanguage } from '@/lib/i18n';
import styles from './law.module.css';
import { useText } from './queries';
import { cutCitation, placeWords } from './words';

export const articleAddress = (code: string, article: number | string): string =>
  `/law?${new URLSearchParams({ tab: 'texts', text: code, article: `${article}` })}`;

/** Where it stands, each a link to the article; a law that a text only refers to is named and no more. */
export function Cited({ places }: { places: readonly CitedPlace[] }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const text = useText();
  if (places.length === 0) return null;
  return (
    <ul className={styles.cited} aria-label={t('law.citations')} data-testid="citations">
      {places.map((place) => {
        const name = inLanguage(place, language);
        return (
          <li key={place.zh}>
            {text(place.instrument) ? <Link to={articleAddress(place.instrument, place.article)}>{name}</Link> : name}
          </li>
        );
      })}
    </ul>
  );
}

/** The same of a decision on record, which keeps `NAT 8 p1(3)`. */
export function CitedOnRecord({ citations }: { citations: readonly string[] }) {
  const language = useLanguage();
  const text = useText();
  return (
    <ul className={styles.cited}>
      {citations.map((citation) => {
        const { code, place } = cutCitation(citation);
        const known = text(code);
        const words = `${known ? inLanguage(known.short, language) : code} ${placeWords(place, language)}`;
        const article = /^\d+/.exec(place)?.[0];
        return (
          <li key={citation}>{known && article ? <Link to={articleAddress(code, article)}>{words}</Link> : words}</li>
        );
      })}
    </ul>
  );
}
