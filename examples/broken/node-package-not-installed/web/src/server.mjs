import process from 'node:process';
import fastify from 'fastify';

await fastify({ logger: true }).listen({ port: Number(process.env.PORT) });
