import { defineConfig } from 'tsup';
import { library, program } from '../../tsup.shared.ts';

export default defineConfig([library, program('nmi')]);
