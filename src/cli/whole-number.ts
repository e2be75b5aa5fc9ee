import { InvalidArgumentError } from 'commander'

/** Reads an option's whole number in a range, or says which one is wanted. */
export const wholeNumber =
  (least: number, most: number) =>
  (text: string): number => {
    const number = Number(text)
    if (/^\d+$/.test(text) && number >= least && number <= most) return number
    throw new InvalidArgumentError(`a whole number from ${least} to ${most} is wanted.`)
  }
