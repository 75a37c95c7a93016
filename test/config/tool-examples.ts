/** The calls that a prompt shows. */
export function toolExamples(text: string): readonly string[] {
  return [...text.matchAll(/^<tool: \w+>\n[\s\S]*?^<\/tool>$/gm)].map(([example]) => example);
}
