import os
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

print("""\
2026-11-20T04:22:00.123Z  WARN 7 --- [           main] o.h.e.j.s.SqlExceptionHelper             : SQL Error: 0, SQLState: 08001
2026-11-20T04:22:00.124Z ERROR 7 --- [           main] com.zaxxer.hikari.pool.HikariPool        : HikariPool-1 - Exception during pool initialization, trying again.

org.postgresql.util.PSQLException: Connection to localhost:16029 refused. Check that the hostname and port are correct.
\tat org.postgresql.core.v3.ConnectionFactoryImpl.openConnectionImpl(ConnectionFactoryImpl.java:346)
\tat com.shop.Application.main(Application.java:14)
Caused by: java.net.ConnectException: Connection refused
\tat java.base/sun.nio.ch.Net.pollConnect(Native Method)
\t... 14 common frames omitted

2026-11-20T04:22:01.000Z  INFO 7 --- [           main] com.zaxxer.hikari.HikariDataSource       : HikariPool-1 - Start completed.
OpenJDK 64-Bit Server VM warning: Options -Xverify:none and -noverify were deprecated in JDK 13""", flush=True)
time.sleep(1.5)


class Api(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()


ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Api).serve_forever()
