import { SearchOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Input, Modal } from 'antd';
import { type KeyboardEvent, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { ProblemNote } from '@/components/ProblemNote';
import { Floating } from '@/components/Surface';
import { findPeople, listEntries } from '@/lib/server';
import { may, usePerson } from '@/lib/session';
import { useSettled } from '@/lib/settled';
import { menuOf } from './menu';
import styles from './Search.module.css';
import { type Hit, hitsOfEntries, hitsOfPages, hitsOfPeople } from './search';

const MOST = 12;

/** Camera, place, unit, person or page by its name, number or address; the answer is only what the person may reach. */
export default function Search({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal
      open={open}
      onCancel={onClose}
      footer={null}
      closable={false}
      width={620}
      style={{ top: 72 }}
      destroyOnHidden
      title={t('search.title')}
      styles={{ header: { display: 'none' } }}
      data-testid="search-dialog"
    >
      <Floating>
        <Finder onClose={onClose} />
      </Floating>
    </Modal>
  );
}

function Finder({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const [words, setWords] = useState('');
  const [chosen, setChosen] = useState(0);
  const { hits, error, looking } = useHits(words);
  const navigate = useNavigate();
  const list = useId();
  const go = (hit: Hit | undefined, other = false) => {
    const to = other ? (hit?.other ?? hit?.to) : hit?.to;
    if (!to) return;
    onClose();
    navigate(to, { state: { asked: true } });
  };
  const pressed = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === 'Enter' && !event.nativeEvent.isComposing) go(hits[chosen], event.ctrlKey);
    else if (step && hits.length > 0) setChosen((chosen + step + hits.length) % hits.length);
    else return;
    event.preventDefault();
  };
  return (
    <>
      <Input
        autoFocus
        size="large"
        prefix={<SearchOutlined />}
        placeholder={t('search.placeholder')}
        role="combobox"
        aria-label={t('search.placeholder')}
        aria-expanded={hits.length > 0}
        aria-controls={list}
        aria-activedescendant={hits[chosen] ? `${list}${chosen}` : undefined}
        maxLength={100}
        value={words}
        onChange={(event) => {
          setWords(event.target.value);
          setChosen(0);
        }}
        onKeyDown={pressed}
        data-testid="search-words"
      />
      <ProblemNote error={error} />
      <div
        id={list}
        role="listbox"
        aria-label={t('search.found')}
        className={styles.hits}
        data-state={looking ? 'looking' : 'settled'}
      >
        {hits.map((hit, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field above has the focus and the keys
          <div
            key={hit.key}
            id={`${list}${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === chosen}
            className={styles.hit}
            onClick={(event) => go(hit, event.ctrlKey)}
            onMouseMove={() => setChosen(index)}
            data-testid="search-hit"
            data-kind={hit.kind}
          >
            <span className={styles.kind}>{t(`search.kind.${hit.kind}`)}</span>
            <span className={styles.name}>{hit.name}</span>
            <span className={styles.where}>{hit.where}</span>
          </div>
        ))}
      </div>
      {hits.length === 0 && !looking && words.trim() !== '' && <p className={styles.none}>{t('search.none')}</p>}
      <p className={styles.keys}>{t('search.keys')}</p>
    </>
  );
}

function useHits(words: string): { hits: Hit[]; error: unknown; looking: boolean } {
  const { t } = useTranslation();
  const person = usePerson();
  const asked = useSettled(words.trim(), 200);
  const entries = useQuery({
    queryKey: ['registry', 'search', asked],
    queryFn: () => listEntries(asked, ['channel', 'place', 'organisation'], '', null, MOST),
    enabled: asked !== '' && may(person, 'channel.read'),
    placeholderData: (before) => before,
  });
  const people = useQuery({
    queryKey: ['people', 'search', asked],
    queryFn: async () => (await findPeople(asked, '', MOST)).items,
    enabled: asked !== '' && may(person, 'people.read'),
  });
  const pages = menuOf(person).map((entry) => ({ path: entry.path, name: t(`menu.${entry.name}`) }));
  const found =
    asked === ''
      ? []
      : [...hitsOfEntries(entries.data?.items ?? [], person), ...hitsOfPeople(people.data ?? [], asked)];
  return {
    hits: [...hitsOfPages(pages, words.trim()), ...found],
    error: entries.error ?? people.error,
    looking: asked !== words.trim() || entries.isFetching,
  };
}
