/**
 * Messages that pass on what they don't know.
 * @package golden.kept.unknown
 */
export interface Proxy1 {
  pass(message: Message): Promise<Message>
  old(): Promise<Old>
}

/** The newer form. */
export interface Message {
  id: string
  part: Part
  unknown?: bigint
  more?: Message[]
  tags: string[]
}

export interface Part {
  x: number
  label?: string
}

/** What an older contract says of the same bytes. */
export interface Old {
  id: string
  part: OldPart
}

export interface OldPart {
  x: number
}

export interface Nothing {}
