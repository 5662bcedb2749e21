import http from 'node:http';
import { all } from './store';

http.createServer((request, response) => response.end(all())).listen(process.env.PORT);
