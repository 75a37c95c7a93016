/**
 * What is used of the library. Its own types import each other without file extensions, which `nodenext` does not
 * resolve, so that all of them would be `any`.
 */
declare module '@huggingface/tokenizers' {
  export class Tokenizer {
    /** Of tokenizer.json and tokenizer_config.json. */
    constructor(tokenizer: object, config: object);
    encode(text: string, options: { readonly add_special_tokens: boolean }): { readonly ids: number[] };
    /** Of one id at least. */
    decode(
      ids: readonly number[],
      options: { readonly skip_special_tokens: boolean; readonly clean_up_tokenization_spaces: boolean },
    ): string;
    token_to_id(token: string): number | undefined;
    id_to_token(id: number): string | undefined;
  }
}
