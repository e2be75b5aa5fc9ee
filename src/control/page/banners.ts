import type { MemberShape, NodeView } from '../shapes.ts'
import type { LinkStanding } from './live.ts'
import { byId, element } from './element.ts'
import { clockTime } from './times.ts'

export interface Situation {
  readonly node: NodeView | undefined
  readonly members: readonly MemberShape[]
  readonly standing: LinkStanding
  /** When something was last heard of the node. */
  readonly heardAt: number
}

interface Banner {
  readonly tone: 'warn' | 'bad'
  readonly title: string
  readonly text: string
  readonly code?: string
}

let shown = ''

/** What a person has to know before believing what the page shows. */
export function showBanners(situation: Situation): void {
  const banners = bannersOf(situation)
  const text = JSON.stringify(banners)
  if (text === shown) return
  shown = text
  byId('banners').replaceChildren(
    ...banners.map(({ tone, title, text: said, code }) => {
      const sentence = element('span', {}, said, code !== undefined && element('code', {}, code))
      return element(
        'p',
        { class: 'banner', 'data-tone': tone, role: tone === 'bad' ? 'alert' : undefined },
        element('strong', {}, title),
        sentence,
      )
    }),
  )
}

function bannersOf({ node, members, standing, heardAt }: Situation): Banner[] {
  const banners: Banner[] = []
  if (standing === 'lost') {
    const text = `The node does not answer. What is shown is how it was at ${clockTime(heardAt)}; it is tried again by itself.`
    banners.push({ tone: 'bad', title: 'Connection lost', text })
  }
  const gone = members.filter(({ status }) => status === 'down')
  if (gone.length > 0) banners.push(partition(members, gone))
  for (const alarm of new Set(members.flatMap(({ alarms }) => alarms))) {
    banners.push({ tone: 'bad', title: 'Alarm', text: alarm })
  }
  if (node?.keyed === false) {
    const text = 'Anyone on the network may join and write. Give every server the same key: '
    banners.push({ tone: 'warn', title: 'Open cluster', text, code: 'lampfield keygen' })
  }
  return banners
}

function partition(members: readonly MemberShape[], gone: readonly MemberShape[]): Banner {
  const total = members.filter(({ status }) => status !== 'left').length
  const names = gone.map(({ name }) => name)
  const list = names.length > 4 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ')
  const [cause, words, back] =
    gone.length === 1
      ? ['it is down, or the network is cut', 'it says', 'it is']
      : ['the network is cut, or they are down', 'they say', 'they are']
  const text = `${list} cannot be reached from here: ${cause}. What ${words} does not count until ${back} back; on the other side of a cut the same is true of this one.`
  return { tone: 'bad', title: `${gone.length} of ${total} servers out of sight`, text }
}
