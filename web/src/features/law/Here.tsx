import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { PlaceLaw } from '@/api';
import { Loading } from '@/components/Loading';
import styles from '@/components/law/law.module.css';
import { Fact, TONES, useMinimumWords } from '@/components/law/Verdicts';
import { verdictOf } from '@/components/law/verdict';
import { ProblemNote } from '@/components/ProblemNote';
import { EntrySelect } from '@/components/RegistrySelects';
import { useAddress } from '@/lib/address';
import { inLanguage, useLanguage } from '@/lib/i18n';
import { getPlace, getPlaceLaw } from '@/lib/server';
import { TextNames } from './Ask';
import { Designations } from './Designations';

/** What applies at one place today. */
export function Here() {
  const { t } = useTranslation();
  const [query, change] = useAddress();
  const id = query.get('place');
  const place = useQuery({
    queryKey: ['registry', 'place', id],
    queryFn: () => getPlace(id ?? ''),
    enabled: id !== null,
  });
  const found = useQuery({
    queryKey: ['law', 'place', id],
    queryFn: () => getPlaceLaw(id ?? ''),
    enabled: id !== null,
  });
  return (
    <>
      <div className={styles.ask}>
        <span style={{ width: 420 }}>
          <EntrySelect
            kind="place"
            value={id}
            onChange={(chosen) => change({ place: chosen })}
            known={place.data?.place ?? null}
            aria-label={t('law.here.place')}
          />
        </span>
      </div>
      <ProblemNote error={found.error} />
      {id === null && <p className={styles.below}>{t('law.here.text')}</p>}
      {found.isLoading && <Loading />}
      {id !== null && found.data && <Applies placeId={id} law={found.data} />}
    </>
  );
}

function Applies({ placeId, law }: { placeId: string; law: PlaceLaw }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const minimum = useMinimumWords();
  return (
    <div data-testid="applies">
      <p>
        {law.texts.length === 0 ? t('law.noTexts') : t('law.here.texts', { day: law.on })}
        <TextNames texts={law.texts} />
      </p>
      <div className={styles.verdicts}>
        <Fact title={t('law.here.retention')} words={minimum(law.retention)} answer={law.retention} />
        <Fact
          title={t('law.topic.signage')}
          words={t(`law.verdict.signage.${verdictOf(law.signage, 'sign_required')}`)}
          answer={law.signage}
        />
        {law.mandatory.map(({ kind, name, answer }) => (
          <Fact
            key={kind}
            title={`${t('law.topic.mandatory')} · ${inLanguage(name, language)}`}
            words={t(`law.verdict.mandatory.${verdictOf(answer, 'mandatory')}`)}
            answer={answer}
            tone={TONES.mandatory[verdictOf(answer, 'mandatory')]}
          />
        ))}
      </div>
      {law.mandatory.length === 0 && (
        <p className={styles.below}>
          {t('law.here.noKinds')} <Link to="/registry">{t('menu.registry')}</Link>
        </p>
      )}
      <Designations placeId={placeId} designations={law.designations} />
    </div>
  );
}
