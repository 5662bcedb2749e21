import asyncio
import gc
import os


async def refresh():
    await asyncio.sleep(0.5)
    return int("many")


async def answer(reader, writer):
    await reader.readline()
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok")
    await writer.drain()
    writer.close()
    gc.collect()


async def main():
    server = await asyncio.start_server(answer, "127.0.0.1", int(os.environ["PORT"]))
    asyncio.create_task(refresh())
    await server.serve_forever()


asyncio.run(main())
