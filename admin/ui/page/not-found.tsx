import { Card, PageHead } from '../part/card.tsx'
import { Empty } from '../part/notice.tsx'
import { t } from '../text.ts'

export function NotFound({ what }: { readonly what?: string }) {
  return (
    <>
      <PageHead title={what ?? t('notFound.title')} />
      <Card>
        <Empty icon="search" title={t('notFound.note')}>
          <a href="/">{t('nav.overview')}</a>
        </Empty>
      </Card>
    </>
  )
}
