/** A name with dots, which may go on in the next line behind each of them. */
export function Name({ of }: { readonly of: string }) {
  const parts = of.split('.')
  return <span>{parts.map((part, i) => [i > 0 && '.', i > 0 && <wbr key={`${i}-${part}`} />, part])}</span>
}
