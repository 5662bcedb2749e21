const http = require('node:http');

console.log('\x1b[36m> web@1.0.0 dev\x1b[0m');
console.warn('npm warn deprecated inflight@1.0.6: This module is not supported, and leaks memory');
for (let n = 0; n <= 100; n += 20) {
  setTimeout(() => console.log(`\x1b[2K\rbundling ${n} % (0 errors)`), n * 12);
}
setTimeout(() => {
  console.log("Module not found: Error: Can't resolve 'fsevents' (optional), watching with polling");
  http.createServer((request, response) => response.end('ok')).listen(process.env.PORT, '127.0.0.1', () => {
    console.log('\x1b[32mready\x1b[0m in 1500 ms, no errors');
  });
}, 1500);
