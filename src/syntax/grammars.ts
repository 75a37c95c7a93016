import { registerDynamicLanguage } from '@ast-grep/napi';
import bash from '@ast-grep/lang-bash';
import go from '@ast-grep/lang-go';
import python from '@ast-grep/lang-python';

// ast-grep takes grammars once: what a second call brings is ignored without a word.
registerDynamicLanguage({ bash, go, python });
