/** A link to a page within running text. */
import { Anchor, type AnchorProps } from '@mantine/core'
import { createLink } from '@tanstack/react-router'
import type { AnchorHTMLAttributes } from 'react'

type Props = AnchorProps & Omit<AnchorHTMLAttributes<HTMLAnchorElement>, keyof AnchorProps>

const Inline = (props: Props) => <Anchor inherit underline="always" {...props} />

export const TextLink = createLink(Inline)
