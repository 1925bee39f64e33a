"""A tap on the line: passes everything on between port 3001 and a server at port 3000, and writes down what goes by.

Chunks go into the file tap.log as they come, one a line: the number of the connection, `>` to the server or `<`
from it, how many bytes, and the bytes.
"""

import asyncio
from contextlib import suppress
from itertools import count


async def pass_on(reader, writer, way, log):
    while data := await reader.read(4096):
        line = f"{way} {len(data):4} {data!r}"
        log.write(line + "\n")
        log.flush()
        print(line[:100], flush=True)
        writer.write(data)
        await writer.drain()
    writer.close()


async def main():
    with open("tap.log", "w", encoding="utf-8") as log:

        numbers = count(1)

        async def connected(reader, writer):
            number = next(numbers)
            server = await asyncio.open_connection("localhost", 3000)
            up = pass_on(reader, server[1], f"{number} >", log)
            down = pass_on(server[0], writer, f"{number} <", log)
            await asyncio.gather(up, down)

        async with await asyncio.start_server(connected, "localhost", 3001) as tap:
            print("the tap is on: 3001 -> 3000", flush=True)
            await tap.serve_forever()


with suppress(KeyboardInterrupt):  # Ctrl-C
    asyncio.run(main())
