import { DownloadOutlined, PlusOutlined, UploadOutlined, VideoCameraAddOutlined } from '@ant-design/icons';
import { Button, Drawer } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import type { EntryNode } from '@/api';
import { Floating } from '@/components/Surface';
import { may, usePerson } from '@/lib/session';
import { BulkDrawer } from './BulkDrawer';
import { ChannelHistoryPane } from './ChannelHistoryPane';
import { EntryTable } from './EntryTable';
import { ExportDialog } from './ExportDialog';
import { ImportDrawer } from './ImportDrawer';
import { OrganisationDetails } from './OrganisationDetails';
import { PlaceDetailsPane } from './PlaceDetailsPane';
import { type Chosen, RegistryTree } from './RegistryTree';
import styles from './registry.module.css';

interface Thing {
  id: string;
  name: string;
  placeId: string | null;
}

type Shown =
  | { what: 'nothing' | 'import' | 'export' | 'bulk' | 'newOrganisation' | 'newPlace' }
  | { what: 'organisation' | 'place' | 'channel'; thing: Thing };

const NOTHING: Shown = { what: 'nothing' };

/** What is installed where, and whose it is: the tree at the left, the list with its search at the right. */
export default function RegistryPage() {
  const { t } = useTranslation();
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const [shown, setShown] = useState<Shown>(NOTHING);
  useShownByAddress(setShown);
  const open = (entry: EntryNode) => setShown(shownOf(entry));
  return (
    <div className={styles.page}>
      <header className={styles.head}>
        <h1>{t('registry.title')}</h1>
        <span className={styles.spring} />
        <Tools onShow={(what) => setShown({ what })} />
      </header>
      <div className={styles.body}>
        <nav className={styles.tree}>
          <RegistryTree
            onChoose={(next) => {
              setChosen(next);
              if (next?.entry?.kind === 'channel') open(next.entry);
            }}
          />
        </nav>
        <section className={styles.pane}>
          {chosen?.entry && chosen.entry.kind !== 'spot' && (
            <div className={styles.tools}>
              <strong className={styles.grow}>{chosen.name}</strong>
              <Button size="small" onClick={() => chosen.entry && open(chosen.entry)} data-testid="open-chosen">
                {t(`registry.kind.${chosen.entry.kind}`)} · {t('registry.spot.edit')}
              </Button>
            </div>
          )}
          <EntryTable under={chosen?.node ?? ''} onOpen={open} />
        </section>
      </div>
      <ImportDrawer open={shown.what === 'import'} onClose={() => setShown(NOTHING)} />
      <ExportDialog open={shown.what === 'export'} under={chosen} onClose={() => setShown(NOTHING)} />
      <BulkDrawer open={shown.what === 'bulk'} place={ofKind(chosen, 'place')} onClose={() => setShown(NOTHING)} />
      <Details shown={shown} chosen={chosen} onShow={setShown} />
    </div>
  );
}

/** `?place=<id>&name=<name>` opens it: what the search of the console leads to. */
function useShownByAddress(show: (shown: Shown) => void): void {
  const [query, setQuery] = useSearchParams();
  useEffect(() => {
    for (const what of ['organisation', 'place', 'channel'] as const) {
      const id = query.get(what);
      if (!id) continue;
      show({ what, thing: { id, name: query.get('name') ?? '', placeId: what === 'place' ? id : null } });
      setQuery({}, { replace: true });
    }
  }, [query, setQuery, show]);
}

function shownOf({ kind, id, name, place_id }: EntryNode): Shown {
  if (kind === 'spot') return place_id ? { what: 'place', thing: { id: place_id, name, placeId: place_id } } : NOTHING;
  return { what: kind, thing: { id, name, placeId: place_id } };
}

function ofKind(chosen: Chosen | null, kind: EntryNode['kind']): { id: string; name: string } | null {
  return chosen?.entry?.kind === kind ? { id: chosen.entry.id, name: chosen.name } : null;
}

function Tools({ onShow }: { onShow: (what: 'import' | 'export' | 'bulk' | 'newOrganisation' | 'newPlace') => void }) {
  const { t } = useTranslation();
  const person = usePerson();
  const manages = may(person, 'registry.manage');
  return (
    <>
      {may(person, 'registry.export') && (
        <Button icon={<DownloadOutlined />} onClick={() => onShow('export')} data-testid="export">
          {t('registry.export')}
        </Button>
      )}
      {manages && (
        <Button icon={<UploadOutlined />} onClick={() => onShow('import')} data-testid="import-table">
          {t('registry.import')}
        </Button>
      )}
      {may(person, 'channel.manage') && (
        <Button icon={<VideoCameraAddOutlined />} onClick={() => onShow('bulk')} data-testid="bulk-add">
          {t('registry.bulk')}
        </Button>
      )}
      {manages && (
        <>
          <Button icon={<PlusOutlined />} onClick={() => onShow('newPlace')} data-testid="add-place">
            {t('registry.addPlace')}
          </Button>
          <Button
            type="primary"
            icon={<PlusOutlined />}
            onClick={() => onShow('newOrganisation')}
            data-testid="add-organisation"
          >
            {t('registry.addOrganisation')}
          </Button>
        </>
      )}
    </>
  );
}

interface DetailsProps {
  shown: Shown;
  chosen: Chosen | null;
  onShow: (shown: Shown) => void;
}

function Details({ shown, chosen, onShow }: DetailsProps) {
  const { t } = useTranslation();
  const close = () => onShow(NOTHING);
  const region = chosen?.region ?? null;
  const unit = ofKind(chosen, 'organisation');
  const titles: Partial<Record<Shown['what'], string>> = {
    newOrganisation: t('registry.organisation.new'),
    newPlace: t('registry.place.new'),
  };
  const title = 'thing' in shown ? shown.thing.name : titles[shown.what];
  return (
    <Drawer open={title !== undefined} onClose={close} title={title} size={720} destroyOnHidden data-testid="details">
      <Floating>
        {shown.what === 'newOrganisation' && (
          <OrganisationDetails id={null} parent={unit} region={region} onDone={close} />
        )}
        {shown.what === 'newPlace' && <PlaceDetailsPane id={null} unit={unit} region={region} onDone={close} />}
        {shown.what === 'organisation' && (
          <OrganisationDetails id={shown.thing.id} parent={null} region={null} onDone={close} />
        )}
        {shown.what === 'place' && <PlaceDetailsPane id={shown.thing.id} unit={null} region={null} onDone={close} />}
        {shown.what === 'channel' && <ChannelHistoryPane id={shown.thing.id} placeId={shown.thing.placeId} />}
      </Floating>
    </Drawer>
  );
}
