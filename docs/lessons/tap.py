"""A tap on the line: passes everything on between port 3001 and a server at port 3000, and writes down what goes by.

Chunks go into the file tap.log as they come, one a line: `>` to the server, `<` from it, how many bytes, and the bytes.
"""

import asyncio


async def pass_on(reader, writer, arrow, log):
    while data := await reader.read(4096):
        line = f"{arrow} {len(data):4} {data!r}"
        log.write(line + "\n")
        log.flush()
        print(line[:100], flush=True)
        writer.write(data)
        await writer.drain()
    writer.close()


async def main():
    with open("tap.log", "w", encoding="utf-8") as log:

        async def connected(reader, writer):
            server = await asyncio.open_connection("localhost", 3000)
            await asyncio.gather(pass_on(reader, server[1], ">", log), pass_on(server[0], writer, "<", log))

        async with await asyncio.start_server(connected, "localhost", 3001) as tap:
            print("the tap is on: 3001 -> 3000", flush=True)
            await tap.serve_forever()


asyncio.run(main())
