// Databases of Drizzle 0.45, for types.ts.

import * as schema from '@agentchat/database/schema';
import { drizzle as drizzleNodePostgres } from 'drizzle-orm/node-postgres';
import { drizzle as drizzlePostgresJs } from 'drizzle-orm/postgres-js';

export const nodePostgres = drizzleNodePostgres('', { schema });
export const postgresJs = drizzlePostgresJs('', { schema });
export const plain = drizzleNodePostgres('');
export const inChat = drizzleNodePostgres('', { schema: schema.inSchema('chat') });
