import { useMemo, useState } from 'preact/hooks'
import type { Topology as TopologyData, TopologyEdge } from '../../api.ts'
import { compact, percent } from '../format.ts'
import { useLoad } from '../load.ts'
import { Card, PageHead } from '../part/card.tsx'
import { Icon } from '../part/icon.tsx'
import { Empty, Loading, Notice, Problem } from '../part/notice.tsx'
import { Table } from '../part/table.tsx'
import { Segments } from '../part/tabs.tsx'
import { api } from '../request.ts'
import { route, setQuery, to } from '../route.ts'
import { t } from '../text.ts'
import { box, labelPlaces, layered, type Point } from './layers.ts'

/** 0 stands for as large as there is room. */
const zooms = [0, 0.55, 0.75, 1, 1.3] as const
/** With more edges than these, figures are shown at those only that are pointed at. */
const labelled = 36

/** Who calls whom, how much, and what fails: as a picture, and as a table. */
export function Topology() {
  const { query } = route.value
  const asked = (name: string): string | undefined => query.get(name) ?? undefined
  const path = api(['topology'], { application: asked('application'), service: asked('service') })
  const { data: all, error, again } = useLoad<TopologyData>(path, ['registry', 'figures'], 'topology')
  const [as, setAs] = useState<'picture' | 'table'>('picture')
  const [zoom, setZoom] = useState(0)
  const [own, setOwn] = useState(false)
  const data = all && (own ? all : withoutOwn(all))
  return (
    <>
      <PageHead
        title={t('nav.topology')}
        actions={
          <>
            <label class="check small">
              <input type="checkbox" checked={own} onChange={(event) => setOwn(event.currentTarget.checked)} />
              {t('topology.own')}
            </label>
            {as === 'picture' && (
              <div class="row">
                <button
                  type="button"
                  class="button icon"
                  aria-label={t('topology.smaller')}
                  disabled={zoom === 0}
                  onClick={() => setZoom(zoom - 1)}
                >
                  <Icon name="minus" size={13} />
                </button>
                <button
                  type="button"
                  class="button icon"
                  aria-label={t('topology.larger')}
                  disabled={zoom === zooms.length - 1}
                  onClick={() => setZoom(zoom + 1)}
                >
                  <Icon name="plus" size={13} />
                </button>
              </div>
            )}
            <Segments
              label={t('topology.as')}
              options={[
                { key: 'picture', title: t('topology.picture') },
                { key: 'table', title: t('topology.table') },
              ]}
              chosen={as}
              onChoose={setAs}
            />
          </>
        }
      >
        <p>{t('topology.note')}</p>
      </PageHead>
      {error && <Problem error={error} again={again} />}
      {asked('application') && (
        <Notice
          tone="info"
          icon="topology"
          action={
            <button type="button" class="button small" onClick={() => setQuery({ application: undefined })}>
              {t('topology.all')}
            </button>
          }
        >
          {t('topology.only', { name: asked('application') ?? '' })}
        </Notice>
      )}
      {data?.truncated && <Notice tone="info">{t('topology.truncated', { n: data.nodes.length })}</Notice>}
      <Card flush>
        {!data ? (
          !error && <Loading />
        ) : data.nodes.length === 0 ? (
          <Empty icon="topology" title={t('topology.none')}>
            {t('topology.noneNote')}
          </Empty>
        ) : as === 'picture' ? (
          <Picture data={data} zoom={zooms[zoom] ?? 0} />
        ) : (
          <EdgeTable edges={data.edges} />
        )}
      </Card>
    </>
  )
}

/** Nobody asks who sends counts to the monitor, and all do. */
function withoutOwn(all: TopologyData): TopologyData {
  const edges = all.edges.filter(({ services }) => !services.every((service) => service.startsWith('tsubo.')))
  const gone = new Set(all.edges.filter((edge) => !edges.includes(edge)).map(({ to }) => to))
  const left = new Set(edges.flatMap(({ from, to }) => [from, to]))
  return {
    ...all,
    edges,
    nodes: all.nodes.filter(({ application }) => left.has(application) || !gone.has(application)),
  }
}

function Picture({ data, zoom }: { readonly data: TopologyData; readonly zoom: number }) {
  const { nodes, edges } = data
  const shape = `${nodes.map(({ application }) => application).join('\n')}\n\n${edges.map(({ from, to }) => `${from}\n${to}`).join('\n\n')}`
  const drawing = useMemo(
    () =>
      layered(
        nodes.map(({ application }) => application),
        edges,
      ),
    [shape],
  )
  const labels = useMemo(() => labelPlaces(drawing), [drawing])
  const [pointed, point] = useState<string | undefined>(undefined)
  const most = Math.max(1, ...edges.map(({ figures }) => figures?.rate ?? 0))
  const touches = ({ from, to }: TopologyEdge): boolean => pointed === undefined || from === pointed || to === pointed
  const near = new Set(edges.filter(touches).flatMap(({ from, to }) => [from, to]))
  return (
    <section
      class="topology"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a part that scrolls must be reachable by keys
      tabIndex={0}
      aria-label={t('topology.summary', { nodes: nodes.length, edges: edges.length })}
    >
      {/* biome-ignore lint/a11y/noSvgWithoutTitle: the section has the name; as a picture it would hide its links */}
      <svg
        class={zoom === 0 ? 'fitting' : undefined}
        width={drawing.width * (zoom || 1)}
        height={drawing.height * (zoom || 1)}
        viewBox={`0 0 ${drawing.width} ${drawing.height}`}
      >
        <defs>
          {(['arrow', 'arrow-bad'] as const).map((id) => (
            <marker
              key={id}
              id={id}
              viewBox="0 0 8 8"
              refX="7"
              refY="4"
              markerWidth="7"
              markerHeight="7"
              markerUnits="userSpaceOnUse"
              orient="auto"
            >
              <path class={id} d="M0 0.5 7.5 4 0 7.5z" />
            </marker>
          ))}
        </defs>
        <g>
          {edges.map((edge, i) => {
            const points = drawing.curves[i] ?? []
            const failing = (edge.figures?.errorRate ?? 0) > 0
            const dim = !touches(edge)
            if (points.length < 2) return null
            return (
              <g key={`${edge.from}\n${edge.to}`} class={`edge${failing ? ' failing' : ''}${dim ? ' dim' : ''}`}>
                <path
                  d={edge.from === edge.to ? loop(points) : curve(points)}
                  stroke-width={1.2 + 2.2 * Math.sqrt((edge.figures?.rate ?? 0) / most)}
                  marker-end={`url(#${failing ? 'arrow-bad' : 'arrow'})`}
                >
                  <title>{edgeTitle(edge)}</title>
                </path>
                {(edges.length <= labelled || (pointed !== undefined && !dim)) && (
                  <EdgeLabel edge={edge} points={points} at={labels[i]} />
                )}
              </g>
            )
          })}
        </g>
        <g>
          {nodes.map((node) => {
            const at = drawing.boxes.get(node.application)
            if (!at) return null
            const name = node.application || t('application.unnamed')
            return (
              <a
                key={node.application}
                href={to('applications', node.application || '-')}
                class={`node${pointed !== undefined && !near.has(node.application) && pointed !== node.application ? ' dim' : ''}`}
                onPointerEnter={() => point(node.application)}
                onPointerLeave={() => point(undefined)}
                onFocus={() => point(node.application)}
                onBlur={() => point(undefined)}
              >
                <rect x={at.x} y={at.y} width={box.width} height={box.height} rx="9" />
                <foreignObject x={at.x} y={at.y} width={box.width} height={box.height}>
                  <div class="node-text">
                    <strong class="ellipsis">{name}</strong>
                    <span class="ellipsis">
                      {node.kinds.map((kind) => (kind === 'java' ? 'Java' : 'tsubo')).join(' + ')}
                      {' · '}
                      {t('topology.instances', { n: node.instances })}
                      <span class="unseen">
                        {t('topology.node', { provides: node.provides, consumes: node.consumes })}
                      </span>
                    </span>
                  </div>
                </foreignObject>
              </a>
            )
          })}
        </g>
      </svg>
    </section>
  )
}

function EdgeLabel(props: {
  readonly edge: TopologyEdge
  readonly points: readonly Point[]
  readonly at: Point | undefined
}) {
  const { edge, points, at } = props
  if (!edge.figures || !at) return null
  const [a, b] = points as [Point, Point]
  const own = edge.from === edge.to
  const x = own ? b.x + 4 : at.x
  const y = own ? a.y - 24 : at.y
  const { rate, errorRate } = edge.figures
  const text = t('unit.perSecond', { value: compact(rate) })
  const failing = errorRate > 0 && rate > 0 ? t('topology.failing', { share: percent(errorRate / rate) }) : ''
  return (
    <text x={x} y={y - 5} class="edge-label" text-anchor="middle">
      <tspan>{text}</tspan>
      {failing && (
        <tspan class="failing" x={x} dy="14">
          {failing}
        </tspan>
      )}
    </text>
  )
}

function EdgeTable({ edges }: { readonly edges: readonly TopologyEdge[] }) {
  const none = <span class="faint">–</span>
  return (
    <Table
      caption={t('topology.table')}
      columns={[
        {
          key: 'from',
          title: t('topology.from'),
          main: true,
          cell: ({ from }) => <a href={to('applications', from || '-')}>{from || t('application.unnamed')}</a>,
        },
        {
          key: 'to',
          title: t('topology.to'),
          main: true,
          cell: (edge) => <a href={to('applications', edge.to || '-')}>{edge.to || t('application.unnamed')}</a>,
        },
        {
          key: 'services',
          title: t('nav.services'),
          cell: ({ services }) => (
            <span class="small break">
              {services.slice(0, 4).map((service, i) => (
                <>
                  {i > 0 && ', '}
                  <a key={service} href={to('services', service)}>
                    {service}
                  </a>
                </>
              ))}
              {services.length > 4 && ' …'}
            </span>
          ),
        },
        {
          key: 'rate',
          title: t('figure.rate'),
          end: true,
          cell: ({ figures }) => (figures ? compact(figures.rate) : none),
        },
        {
          key: 'errors',
          title: t('figure.errors'),
          end: true,
          cell: ({ figures }) =>
            figures ? (
              figures.errorRate > 0 ? (
                <strong class="bad-text">{compact(figures.errorRate)}</strong>
              ) : (
                '0'
              )
            ) : (
              none
            ),
        },
      ]}
      rows={edges}
      id={({ from, to }) => `${from}\n${to}`}
    />
  )
}

function edgeTitle({ from, to, services, figures }: TopologyEdge): string {
  const traffic = figures ? ` (${t('unit.perSecond', { value: compact(figures.rate) })})` : ''
  return `${from} → ${to}${traffic}\n${services.join('\n')}`
}

/** Level where it leaves, arrives, and passes through a column. */
function curve(points: readonly Point[]): string {
  const [first, ...rest] = points as [Point, ...Point[]]
  let d = `M${first.x} ${first.y}`
  let last = first
  for (const point of rest) {
    const bend = (point.x - last.x) / 2
    d += `C${last.x + bend} ${last.y} ${point.x - bend} ${point.y} ${point.x} ${point.y}`
    last = point
  }
  return d
}

/** Calls of an application to itself. */
function loop(points: readonly Point[]): string {
  const [a, b] = points as [Point, Point]
  return `M${a.x} ${a.y}C${a.x} ${a.y - 30} ${b.x} ${b.y - 30} ${b.x} ${b.y - 1}`
}
