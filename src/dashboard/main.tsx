/** Puts the page in its place and opens its one stream. */

import { render } from 'preact';
import './style/tokens.css';
import './style/base.css';
import './style/tabs.css';
import './style/token-prompt.css';
import { App } from './app.tsx';
import { applyTheme, storedTheme } from './theme.ts';
import { cluster } from './data/use-cluster.ts';

applyTheme(storedTheme());
const place = document.getElementById('page');
if (place === null) throw new Error('the page has no place for its content');
cluster.open();
render(<App />, place);
