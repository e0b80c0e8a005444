export { sqlEdition, sqlEditionVersion } from './sqlEdition.js';
