import asyncio
import gc
import logging
import os

logging.basicConfig(level=logging.DEBUG)


async def slow():
    await asyncio.sleep(10)


async def lost():
    raise ConnectionResetError(104, "Connection reset by peer")


async def background():
    while True:
        await asyncio.sleep(0.1)
        try:
            await asyncio.wait_for(slow(), 0.01)
        except asyncio.TimeoutError:
            logging.exception("the cache did not answer in time, once more")
        asyncio.create_task(slow()).cancel()
        # Nobody asks what became of it: the other side has gone.
        asyncio.create_task(lost())
        await asyncio.sleep(0)
        gc.collect()


async def answer(reader, writer):
    await reader.readline()
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok")
    await writer.drain()
    writer.close()


async def main():
    server = await asyncio.start_server(answer, "127.0.0.1", int(os.environ["PORT"]))
    work = asyncio.create_task(background())
    await server.serve_forever()
    await work


asyncio.run(main())
