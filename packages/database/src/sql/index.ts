export { sqlEdition, sqlEditionMigration, sqlEditionVersion, sqlEditionVersions } from './sqlEdition.js';
