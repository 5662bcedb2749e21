import http from 'node:http';

http.createServer((request, response) => response.end('ok')).listen(process.env.PORT, '127.0.0.1');
const headers = { Origin: `http://localhost:${process.env.PORT}`, 'Access-Control-Request-Method': 'POST' };
const answer = await fetch(`${process.env.API_URL}/tasks`, { method: 'OPTIONS', headers });
console.log('preflight:', answer.status);
