import http from 'node:http';

http.createServer((request, response) => response.end('ok')).listen(process.env.PORT, '127.0.0.1');
// What a browser that shows the frontend asks.
const headers = { Origin: `http://localhost:${process.env.PORT}` };
await fetch(`${process.env.API_URL}/tasks`, { headers });
