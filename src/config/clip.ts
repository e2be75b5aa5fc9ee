/** As much of the user's text as fits into a sentence about it. */
export const clip = (text: string): string => (text.length > 60 ? `${text.slice(0, 60)}…` : text)
