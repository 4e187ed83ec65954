/** The studio: pages of the mini-program, drawn by people who do not program. */
import 'studio:tokens';
import './studio.css';
import { createApp } from 'vue';
import metas from 'studio:blocks';
import App from './App.vue';
import { createCatalog } from './model/catalog.js';
import { createServer } from './services/server.js';

const server = createServer({ fetch: window.fetch.bind(window), storage: window.localStorage });
createApp(App, { server, catalog: createCatalog(metas) }).mount('#studio');
